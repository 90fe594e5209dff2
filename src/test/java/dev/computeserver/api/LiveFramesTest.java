package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.RawHttp;
import dev.computeserver.support.TestNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What no client should send to {@code /v1/live}. */
class LiveFramesTest {
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of("COMPUTE_NODE_MEMORY_PERCENT", "5"));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static RawHttp open() {
    RawHttp http = new RawHttp(node.port());
    String answer = http.send("GET /v1/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").answer();
    assertTrue(answer.startsWith("HTTP/1.1 101"), answer);
    return http;
  }

  /** Masked with zeros. */
  private static byte[] frame(int head, byte[] payload) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(head);
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

  private static byte[] text(String text) {
    return frame(0x81, text.getBytes(StandardCharsets.UTF_8));
  }

  /** The next frame's text, or {@code close CODE}, or nothing where the connection ends without. */
  private static String next(RawHttp http) {
    int head = http.read();
    int length = http.read();
    length = length == 126 ? http.read() << 8 | http.read() : length;
    if (head < 0) {
      return "";
    }
    byte[] payload = new byte[length];
    for (int i = 0; i < length; i++) {
      payload[i] = (byte) http.read();
    }
    return (head & 0x0f) == 8 ? "close " + ((payload[0] & 0xff) << 8 | payload[1] & 0xff) : new String(payload, StandardCharsets.UTF_8);
  }

  private static String close(byte[]... frames) {
    try (RawHttp http = open()) {
      for (byte[] each : frames) {
        http.send(each);
      }
      String last = next(http);
      while (!last.isEmpty() && !last.startsWith("close")) {
        last = next(http);
      }
      return last;
    }
  }

  @Test
  void aMessageThatIsNoUtf8EndsTheConnection() {
    assertEquals("close 1007", close(frame(0x81, new byte[] {(byte) 0xff, (byte) 0xfe})));
    assertEquals("close 1007", close(frame(0x81, new byte[] {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'})));
    assertEquals("close 1007", close(frame(0x01, new byte[] {(byte) 0xf0, (byte) 0x9f}), frame(0x80, new byte[] {'x'})));
  }

  @Test
  void aMessageThatIsTooLongEndsTheConnection() {
    // Its head says so already; whatever else were sent would meet a closed connection.
    assertEquals("close 1009", close(Arrays.copyOf(frame(0x81, new byte[300_000]), 14)));
    byte[] piece = new byte[60_000];
    assertEquals("close 1009", close(frame(0x01, piece), frame(0x00, piece), frame(0x00, piece), frame(0x00, piece), frame(0x80, piece)));
  }

  @Test
  void aMessageThatIsNoTextEndsTheConnection() {
    assertEquals("close 1003", close(frame(0x82, new byte[] {1, 2, 3})));
  }

  @Test
  void aMessageInPiecesIsReadAsOne() {
    try (RawHttp http = open()) {
      String message = "{\"unsubscribe\":{\"provider\":\"fal_standard\"}}";
      http.send(frame(0x01, message.substring(0, 10).getBytes(StandardCharsets.UTF_8)));
      http.send(frame(0x80, message.substring(10).getBytes(StandardCharsets.UTF_8)));
      assertEquals("{\"unsubscribed\":{\"provider\":\"fal_standard\"}}", next(http));
    }
  }

  @Test
  void subscriptionsAreBoundedInMemoryAndGiveItBack() {
    for (int round = 0; round < 2; round++) {
      int refused = 0;
      RawHttp[] sockets = new RawHttp[12];
      for (int i = 0; i < sockets.length; i++) {
        sockets[i] = open();
        boolean full = false;
        for (int j = 0; j < 20 && !full; j++) {
          int first = (i * 20 + j) * 1_000;
          String ids = IntStream.range(first, first + 1_000).mapToObj(id -> String.format("\"01a205d0-e654-7000-89a6-%012x\"", id))
              .collect(Collectors.joining(","));
          sockets[i].send(text("{\"subscribe\":{\"task_ids\":[" + ids + "]}}"));
          full = next(sockets[i]).contains("no memory for more subscriptions");
        }
        refused += full ? 1 : 0;
        assertEquals(200, node.get("/health/live").status());
      }
      assertTrue(refused > 0 && refused < sockets.length, refused + " of " + sockets.length + " were refused one");
      for (RawHttp socket : sockets) {
        socket.close();
      }
    }
    String metrics = "";
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (!metrics.contains("compute_live_subscriptions 0") && System.nanoTime() < deadline) {
      metrics = new String(node.get("/metrics").bytes(), StandardCharsets.UTF_8);
    }
    assertTrue(metrics.contains("compute_live_subscriptions 0"), metrics);
  }

  /** A message's first frame, which others are to follow. */
  private static byte[] unfinished() {
    return frame(0x01, new byte[200_000]);
  }

  @Test
  void anUnfinishedMessageIsNotKeptForLong() {
    assertEquals("close 4008", close(unfinished()));
  }

  @Test
  void unfinishedMessagesTakeNoMoreThanTheirPartOfTheMemory() {
    List<RawHttp> open = new ArrayList<>();
    try {
      String last = "";
      while (!last.equals("close 1013")) {
        assertTrue(open.size() < 1_000, "no end of them");
        RawHttp http = open();
        open.add(http);
        http.send(unfinished()).send(frame(0x89, new byte[1]));
        last = next(http);
        last = last.startsWith("{") ? next(http) : last;
      }
    } finally {
      open.forEach(RawHttp::close);
    }
    try (RawHttp other = open()) {
      other.send(text("{\"subscribe\":{}}"));
      String answer = next(other);
      assertTrue(answer.contains("subscribed") || answer.contains("memory"), answer);
    }
  }
}
