package dev.computeserver.fuzz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/** Speaks fal's protocol over plain sockets, and at the step that a job's name says in the manner that it says. */
final class BadManners implements AutoCloseable {
  static final List<String> STEPS = List.of("submit", "status", "result", "file");

  private static final Pattern NAME = Pattern.compile("([a-z0-9]+)-(submit|status|result|file)-\\d+");
  private static final byte[] PIXEL = Base64.getDecoder()
      .decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==");
  private static final byte[] PIECE = "a".repeat(64 * 1024).getBytes(StandardCharsets.US_ASCII);
  private static final Map<String, Manner> MANNERS = new LinkedHashMap<>();
  /** Odd, but framed as HTTP asks: to close after these without a word would lose whoever's request comes next, which is another matter. */
  private static final Set<String> WHOLE = Set.of("continues", "status999", "nocontent", "partial", "unchanged", "loop", "private", "oddplace", "bomb",
      "notgzip", "oddcoding", "deep", "wide", "nul", "longid", "localfile", "page");

  static {
    MANNERS.put("cut", (out, good) -> { });
    MANNERS.put("cuthead", (out, good) -> write(out, "HTTP/1.1 20"));
    MANNERS.put("cutbody", (out, good) -> write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + (good.length + 100) + "\r\n\r\n", good));
    MANNERS.put("silent", (out, good) -> pause(5_000));
    MANNERS.put("drip", (out, good) -> {
      write(out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{");
      for (int i = 0; i < 50; i++) {
        pause(100);
        write(out, " ");
      }
    });
    MANNERS.put("endless", (out, good) -> {
      write(out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"a\":\"");
      for (int i = 0; i < 3_000; i++) {
        out.write(PIECE);
      }
    });
    MANNERS.put("endlesschunks", (out, good) -> {
      write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (int i = 0; i < 3_000; i++) {
        write(out, Integer.toHexString(PIECE.length) + "\r\n", PIECE, "\r\n".getBytes(StandardCharsets.US_ASCII));
      }
    });
    MANNERS.put("badchunks", (out, good) -> write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"));
    MANNERS.put("hugeclaim", (out, good) -> write(out, "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999\r\n\r\n", good));
    MANNERS.put("negative", (out, good) -> write(out, "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", good));
    MANNERS.put("twolengths", (out, good) -> write(out, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", good));
    MANNERS.put("headers", (out, good) -> {
      write(out, "HTTP/1.1 200 OK\r\n");
      for (int i = 0; i < 20_000; i++) {
        write(out, "X-" + i + ": " + "h".repeat(100) + "\r\n");
      }
      write(out, "\r\n");
    });
    MANNERS.put("longheader", (out, good) -> write(out, "HTTP/1.1 200 OK\r\nX: " + "h".repeat(1_000_000) + "\r\n\r\n"));
    MANNERS.put("continues", (out, good) -> {
      for (int i = 0; i < 10_000; i++) {
        write(out, "HTTP/1.1 100 Continue\r\n\r\n");
      }
      write(out, head("200 OK", good), good);
    });
    MANNERS.put("switches", (out, good) -> write(out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"));
    MANNERS.put("status999", (out, good) -> write(out, head("999 Odd", good), good));
    MANNERS.put("nocontent", (out, good) -> write(out, "HTTP/1.1 204 No Content\r\n\r\n"));
    MANNERS.put("partial", (out, good) -> write(out, head("206 Partial Content", good), good));
    MANNERS.put("unchanged", (out, good) -> write(out, "HTTP/1.1 304 Not Modified\r\n\r\n"));
    MANNERS.put("loop", (out, good) -> write(out, "HTTP/1.1 302 Found\r\nLocation: /files/loop-file-1\r\nContent-Length: 0\r\n\r\n"));
    MANNERS.put("private", (out, good) -> write(out, "HTTP/1.1 307 Elsewhere\r\nLocation: http://169.254.169.254/latest/meta-data\r\nContent-Length: 0\r\n\r\n"));
    MANNERS.put("oddplace", (out, good) -> write(out, "HTTP/1.1 302 Found\r\nLocation: gopher://x:\u0001\r\nContent-Length: 0\r\n\r\n"));
    MANNERS.put("bomb", (out, good) -> {
      byte[] bomb = bomb();
      write(out, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + bomb.length + "\r\n\r\n", bomb);
    });
    MANNERS.put("notgzip", (out, good) -> write(out, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + good.length + "\r\n\r\n", good));
    MANNERS.put("oddcoding", (out, good) -> write(out, "HTTP/1.1 200 OK\r\nContent-Encoding: zstd, br\r\nContent-Length: " + good.length + "\r\n\r\n", good));
    MANNERS.put("deep", (out, good) -> whole(out, "[".repeat(500_000) + "]".repeat(500_000)));
    MANNERS.put("wide", (out, good) -> whole(out, "{\"images\":[" + "{},".repeat(300_000) + "{}]}"));
    MANNERS.put("nul", (out, good) -> whole(out, "{\"status\":\"\\u0000\",\"request_id\":\"\\u0000\",\"images\":[{\"url\":\"\\u0000\"}]}"));
    MANNERS.put("longid", (out, good) -> whole(out, "{\"request_id\":\"" + "x".repeat(5_000_000) + "\",\"status_url\":\"http://a\",\"response_url\":\"http://a\",\"cancel_url\":\"http://a\"}"));
    MANNERS.put("localfile", (out, good) -> whole(out, "{\"status\":\"COMPLETED\",\"images\":[{\"url\":\"file:///etc/passwd\"},{\"url\":\"http://[::ffff:10.0.0.1]/\"}]}"));
    MANNERS.put("page", (out, good) -> write(out, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<html>hi</html>"));
    MANNERS.put("early", (out, good) -> write(out, head("200 OK", good) + new String(good, StandardCharsets.ISO_8859_1)
        + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"));
    MANNERS.put("http2", (out, good) -> write(out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    MANNERS.put("noise", (out, good) -> out.write(new byte[10_000]));
  }

  private final ServerSocket server = new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, Integer> submits = new ConcurrentHashMap<>();

  private BadManners() throws IOException {
  }

  static List<String> all() {
    return List.copyOf(MANNERS.keySet());
  }

  static BadManners start() throws IOException {
    BadManners provider = new BadManners();
    provider.threads.execute(provider::accept);
    return provider;
  }

  String baseUrl() {
    return "http://127.0.0.1:" + server.getLocalPort();
  }

  /** Jobs that came more than once. */
  List<String> submittedTwice() {
    return submits.entrySet().stream().filter(each -> each.getValue() > 1).map(Map.Entry::getKey).toList();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        threads.execute(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      boolean goesOn = true;
      while (goesOn) {
        goesOn = answer(socket.getInputStream(), socket.getOutputStream());
      }
    } catch (IOException | UncheckedIOException cut) {
      // The server has had enough of it.
    }
  }

  private boolean answer(InputStream in, OutputStream out) throws IOException {
    String request = request(in);
    Matcher name = NAME.matcher(request);
    if (request.isEmpty()) {
      return false;
    }
    if (!name.find()) {
      write(out, "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}");
      return true;
    }
    String line = request.split("\r\n", 2)[0];
    String step = line.startsWith("POST") ? "submit" : line.contains("/files/") ? "file" : line.contains("/status") ? "status" : "result";
    if (step.equals("submit")) {
      submits.merge(name.group(), 1, Integer::sum);
    }
    byte[] good = good(step, name.group());
    if (step.equals(name.group(2)) && MANNERS.containsKey(name.group(1))) {
      MANNERS.get(name.group(1)).answer(out, good);
      return WHOLE.contains(name.group(1));
    }
    write(out, head("200 OK", good), good);
    return true;
  }

  private byte[] good(String step, String name) {
    String job = baseUrl() + "/fal-ai/flux/requests/" + name;
    return switch (step) {
      case "submit" -> ("{\"request_id\":\"" + name + "\",\"status_url\":\"" + job + "/status\",\"response_url\":\"" + job + "\",\"cancel_url\":\"" + job + "/cancel\"}")
          .getBytes(StandardCharsets.US_ASCII);
      case "status" -> "{\"status\":\"COMPLETED\"}".getBytes(StandardCharsets.US_ASCII);
      case "result" -> ("{\"images\":[{\"url\":\"" + baseUrl() + "/files/" + name + "\",\"content_type\":\"image/png\"}]}").getBytes(StandardCharsets.US_ASCII);
      default -> PIXEL;
    };
  }

  /** Head and body as text; empty at the end of the connection. */
  private static String request(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    int end = -1;
    for (int next = in.read(); next >= 0; next = in.read()) {
      all.write(next);
      String text = next == '\n' || end >= 0 ? all.toString(StandardCharsets.ISO_8859_1) : "";
      end = end < 0 && text.endsWith("\r\n\r\n") ? text.length() : end;
      if (end >= 0) {
        Matcher length = Pattern.compile("(?i)content-length: (\\d+)").matcher(text.substring(0, end));
        int rest = length.find() ? Integer.parseInt(length.group(1)) : 0;
        all.writeBytes(in.readNBytes(rest));
        return all.toString(StandardCharsets.ISO_8859_1);
      }
    }
    return "";
  }

  private static String head(String status, byte[] body) {
    return "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length + "\r\n\r\n";
  }

  private static void whole(OutputStream out, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.US_ASCII);
    write(out, head("200 OK", bytes), bytes);
  }

  private static void write(OutputStream out, String head, byte[]... rest) throws IOException {
    out.write(head.getBytes(StandardCharsets.ISO_8859_1));
    for (byte[] each : rest) {
      out.write(each);
    }
    out.flush();
  }

  private static byte[] bomb() throws IOException {
    ByteArrayOutputStream folded = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(folded)) {
      for (int i = 0; i < 2_000; i++) {
        gzip.write(PIECE);
      }
    }
    return folded.toByteArray();
  }

  /** A slow provider is what this is; nobody waits for it. */
  private static void pause(long millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  @Override
  public void close() throws IOException {
    server.close();
    threads.shutdownNow();
  }

  /** How to answer instead of with the good body; the connection is closed after it. */
  private interface Manner {
    void answer(OutputStream out, byte[] good) throws IOException;
  }
}
