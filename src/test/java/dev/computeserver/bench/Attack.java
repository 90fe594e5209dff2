package dev.computeserver.bench;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/**
 * One kind of attack.
 *
 * @param atOnce how many make it at a time
 */
record Attack(String name, int atOnce, Try attempt) {
  /** Answers a complaint where it worked, else null. */
  interface Try {
    String on(int port) throws IOException;
  }

  /** What is right for a request that must not be served. */
  private static final Set<Integer> REFUSED = Set.of(0, 400, 403, 404, 405, 408, 411, 413, 414, 415, 417, 421, 422, 429, 431, 501, 503);
  private static final byte[] MEGABYTE = "a".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
  private static final String UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

  private static final byte[] UNFINISHED = frame(1, new byte[200_000]);
  /** Made once: attackers bring machines of their own. */
  private static final List<byte[]> SUBSCRIPTIONS = IntStream.range(0, 100).mapToObj(Attack::subscription).toList();

  static {
    // Of a text, and not the last of it.
    UNFINISHED[0] = 1;
  }

  /** Tries once; who is cut off has not succeeded. */
  String once(int port) {
    try {
      return attempt.on(port);
    } catch (IOException cut) {
      return null;
    }
  }

  static List<Attack> all() {
    String numbers = "1,".repeat(40_000) + "1";
    String deep = "[".repeat(996) + "]".repeat(996);
    String big = task("image_editing", "\"image_url\":\"data:image/png;base64,iVBORw0KGgoA" + "A".repeat(18_000_000) + "\",\"prompt\":\"x\"", "");
    String mask = task("inpainting", "\"image_url\":\"" + png(64) + "\",\"mask_url\":\"" + png(8_000) + "\",\"prompt\":\"x\"",
        ",\"provider\":\"openai\",\"timeout_seconds\":60");
    return List.of(
        new Attack("40,000 wrong texts", 4, port -> refused(port, post(task("text_embedding", "\"texts\":[" + numbers + "]", "")))),
        new Attack("996 levels", 4, port -> refused(port, post(task("image_generation", "\"prompt\":\"x\"", ",\"provider_options\":{\"a\":" + deep + "}")))),
        new Attack("a rebound name", 2, Attack::rebound),
        new Attack("bodies without an end", 40, Attack::unfinished),
        new Attack("bodies that no route takes", 20, Attack::unwanted),
        new Attack("bodies of 18 MB", 8, port -> Set.of(0, 202, 409, 413, 422, 503).contains(status(port, post(big))) ? null : "neither taken nor refused"),
        new Attack("answers that nobody reads", 60, Attack::unread),
        new Attack("messages without an end", 200, Attack::unfinishedMessage),
        new Attack("6,000,000 subscriptions", 60, Attack::subscriptions),
        new Attack("replies that unfold to 300 MB", 40, port -> status(port, post(task("image_generation", "\"prompt\":\"x\"",
            ",\"provider\":\"replicate\",\"timeout_seconds\":20"))) == 500 ? "the server made a mistake" : pause(port, 2_000)),
        new Attack("ids of 5 MB", 4, port -> status(port, post(task("image_generation", "\"prompt\":\"long id\"",
            ",\"provider\":\"replicate\",\"timeout_seconds\":20"))) == 500 ? "the server made a mistake" : pause(port, 500)),
        new Attack("masks of 64 megapixels", 8, port -> status(port, post(mask)) == 500 ? "the server made a mistake" : pause(port, 500)),
        new Attack("smuggled requests", 4, Attack::smuggled),
        new Attack("malformed requests", 4, Attack::malformed),
        new Attack("forged callbacks", 8, port -> refused(port, "POST /v1/provider-callbacks/fal_standard/01a205d0-e654-7000-89a6-bcc72785beac/nonsense "
            + "HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}")),
        new Attack("frames that are no text", 4, Attack::frames));
  }

  private static String task(String capability, String input, String more) {
    return "{\"capability\":\"" + capability + "\",\"input\":{" + input + "}" + more + "}";
  }

  private static String post(String body) {
    return "POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  private static int status(int port, String request) throws IOException {
    try (RawHttp http = new RawHttp(port)) {
      return http.send(request).status();
    }
  }

  private static String refused(int port, String request) throws IOException {
    int status = status(port, request);
    return REFUSED.contains(status) ? null : "answered with " + status;
  }

  /** Waits at an open connection, since what was asked for works on. */
  private static String pause(int port, int millis) throws IOException {
    try (RawHttp http = new RawHttp(port)) {
      http.rest(millis);
      return null;
    }
  }

  private static String rebound(int port) throws IOException {
    for (String path : List.of("GET /v1/tasks", "GET /metrics", "GET /", "GET /health/live", "POST /v1/tasks/batch", "GET /v1/live")) {
      String upgrade = path.endsWith("live") && path.contains("v1") ? UPGRADE : "";
      int status = status(port, path + " HTTP/1.1\r\nHost: rebound.example:" + port + "\r\nOrigin: http://rebound.example:" + port + "\r\n" + upgrade + "\r\n");
      if (!REFUSED.contains(status)) {
        return path + " for a foreign host answered " + status;
      }
    }
    return null;
  }

  /** Ten of 32 MB, and then silence. */
  private static String unfinished(int port) throws IOException {
    try (RawHttp http = new RawHttp(port)) {
      http.send("POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 33554432\r\n\r\n{\"capability\":\"");
      for (int i = 0; i < 10; i++) {
        http.send(MEGABYTE);
      }
      http.rest(3_000);
      return null;
    }
  }

  private static String unwanted(int port) throws IOException {
    try (RawHttp http = new RawHttp(port)) {
      http.send("POST /x HTTP/1.1\r\nHost: localhost\r\nOrigin: http://foreign.example\r\nContent-Length: 33554432\r\n\r\n");
      for (int i = 0; i < 10; i++) {
        http.send(MEGABYTE);
      }
      int status = http.status();
      return REFUSED.contains(status) ? null : "answered with " + status;
    }
  }

  /** Pages of all tasks, those of others with 18 MB among them. */
  private static String unread(int port) throws IOException {
    try (RawHttp http = new RawHttp(port)) {
      http.send("GET /v1/tasks?limit=500 HTTP/1.1\r\nHost: localhost\r\n\r\n").hold(2_000);
      return null;
    }
  }

  private static String unfinishedMessage(int port) throws IOException {
    try (RawHttp http = new RawHttp(port)) {
      if (http.send("GET /v1/live HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE + "\r\n").status() != 101) {
        return null;
      }
      http.send(UNFINISHED).hold(2_000);
      return null;
    }
  }

  private static String subscriptions(int port) throws IOException {
    try (RawHttp http = new RawHttp(port)) {
      if (http.send("GET /v1/live HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE + "\r\n").status() != 101) {
        return null;
      }
      for (byte[] subscribe : SUBSCRIPTIONS) {
        http.send(subscribe);
      }
      http.rest(2_000);
      return null;
    }
  }

  /** To a thousand tasks. */
  private static byte[] subscription(int number) {
    String ids = IntStream.range(number * 1_000, (number + 1) * 1_000).mapToObj(id -> String.format("\"01a205d0-e654-7000-89a6-%012x\"", id))
        .collect(Collectors.joining(","));
    return frame(1, ("{\"subscribe\":{\"task_ids\":[" + ids + "]}}").getBytes(StandardCharsets.UTF_8));
  }

  /** A second request hides in the body of the first; nobody may answer it. */
  private static String smuggled(int port) throws IOException {
    String hidden = "GET /v1/providers HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (String coding : List.of("Transfer-Encoding: chunked", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: odd",
        "Transfer-Encoding: xchunked", "Transfer-Encoding : chunked", "Content-Length: 9\r\nTransfer-Encoding: chunked")) {
      try (RawHttp http = new RawHttp(port)) {
        http.send("POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5\r\n" + coding + "\r\n\r\n0\r\n\r\n" + hidden);
        String all = http.rest(1_000);
        if (all.contains("\"providers\"") || all.indexOf("HTTP/1.1") != all.lastIndexOf("HTTP/1.1") || all.contains("(open)")) {
          return coding + " was answered with " + all.substring(0, Math.min(200, all.length()));
        }
      }
    }
    return null;
  }

  private static String malformed(int port) throws IOException {
    for (String request : List.of(
        post(task("image_generation", "\"prompt\":\"x\",\"output_format\":1e400", "")),
        post(task("image_generation", "\"prompt\":\"x\"", ",\"model\":\"a\\n\"")),
        "GET /health/live HTTP/1.1\r\n\r\n", "GET /health/live HTTP/1.1\r\nHost: a b\r\n\r\n", "GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        "GET /" + "a".repeat(100_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "a".repeat(100_000) + "\r\n\r\n")) {
      int status = status(port, request);
      if (!REFUSED.contains(status) || status == 503) {
        return request.substring(0, Math.min(120, request.length())).replaceAll("\\s+", " ") + " was answered with " + status;
      }
    }
    return null;
  }

  private static String frames(int port) throws IOException {
    String notText = closeCode(port, frame(1, new byte[] {(byte) 0xff, (byte) 0xfe}));
    String tooLong = closeCode(port, frame(1, "a".repeat(300_000).getBytes(StandardCharsets.US_ASCII)));
    return !Set.of("1007", "cut").contains(notText) ? "a frame that is no UTF-8 ended as " + notText
        : !Set.of("1009", "cut").contains(tooLong) ? "a frame of 300 KB ended as " + tooLong : null;
  }

  private static String closeCode(int port, byte[] frame) throws IOException {
    try (RawHttp http = new RawHttp(port)) {
      if (http.send("GET /v1/live HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE + "\r\n").status() != 101) {
        return "cut";
      }
      http.send(frame);
      for (int head = http.read(); head >= 0; head = http.read()) {
        int length = http.read();
        length = length == 126 ? http.read() << 8 | http.read() : length;
        if ((head & 0x0f) == 8) {
          return String.valueOf(http.read() << 8 | http.read());
        }
        for (int i = 0; i < length; i++) {
          http.read();
        }
      }
      return "cut";
    }
  }

  /** A masked frame with a mask of zeros. */
  private static byte[] frame(int opcode, byte[] payload) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(0x80 | opcode);
    if (payload.length < 126) {
      frame.write(0x80 | payload.length);
    } else if (payload.length < 65_536) {
      frame.write(0x80 | 126);
      frame.write(payload.length >> 8);
      frame.write(payload.length);
    } else {
      frame.write(0x80 | 127);
      for (int shift = 56; shift >= 0; shift -= 8) {
        frame.write((int) ((long) payload.length >> shift));
      }
    }
    frame.writeBytes(new byte[4]);
    frame.writeBytes(payload);
    return frame.toByteArray();
  }

  /** An empty picture as a data URI: few bytes, however many pixels. */
  private static String png(int side) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(new BufferedImage(side, side, BufferedImage.TYPE_BYTE_GRAY), "png", bytes);
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes.toByteArray());
  }
}
