package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A place among {@code live.max_subscribers} is free again however its socket ended. */
class LiveLimitTest {
  private static final int MOST_TRIES = 5_000;

  /** Asks for a WebSocket; the connection is cut without a word when it is closed. */
  private static Socket open(TestNode node) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port());
    socket.setSoTimeout(20_000);
    socket.setSoLinger(true, 0);
    socket.getOutputStream().write(("GET /v1/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static String answer(Socket socket) throws IOException {
    return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII)).readLine();
  }

  @Test
  void aSocketThatIsCutGivesItsPlaceBack() throws IOException {
    try (TestNode node = new TestNode(Map.of("COMPUTE_HTTP_INSTANCES", "1", "COMPUTE_LIVE_MAX_SUBSCRIBERS", "1"))) {
      Socket first = open(node);
      assertEquals("HTTP/1.1 101 Switching Protocols", answer(first));
      try (Socket second = open(node)) {
        assertTrue(answer(second).startsWith("HTTP/1.1 503 "));
      }
      first.close();
      String last = "";
      // Each answer is itself the wait for the server to notice.
      for (int i = 0; i < MOST_TRIES && !last.contains(" 101 "); i++) {
        try (Socket next = open(node)) {
          last = answer(next);
        }
      }
      assertEquals("HTTP/1.1 101 Switching Protocols", last);
    }
  }
}
