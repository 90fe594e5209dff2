package dev.computeserver.fuzz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What came back over a connection of its own.
 *
 * @param status 0 where the server only closed, -1 where it neither answered nor closed in time
 */
record RawAnswer(int status, String head, byte[] body, long millis) {
  private static final int PATIENCE_MILLIS = 20_000;

  /** Sends bytes as they are and reads the first answer. */
  static RawAnswer to(int port, byte[] request) {
    return to(port, request, PATIENCE_MILLIS);
  }

  /** The same, waiting no longer than {@code patienceMillis} for each piece of the answer. */
  static RawAnswer to(int port, byte[] request, int patienceMillis) {
    long began = System.nanoTime();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    int status = 0;
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), PATIENCE_MILLIS);
      socket.setSoTimeout(patienceMillis);
      socket.getOutputStream().write(request);
      socket.getOutputStream().flush();
      read(socket.getInputStream(), all);
    } catch (SocketTimeoutException silent) {
      status = -1;
    } catch (IOException cut) {
      // What came before counts.
    }
    String text = all.toString(StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    String head = end < 0 ? text : text.substring(0, end);
    byte[] body = end < 0 ? new byte[0] : text.substring(end + 4).getBytes(StandardCharsets.ISO_8859_1);
    boolean answered = head.matches("(?s)HTTP/1\\.[01] \\d{3}.*");
    return new RawAnswer(answered ? Integer.parseInt(head.substring(9, 12)) : status, head, body, (System.nanoTime() - began) / 1_000_000);
  }

  /** Up to the end of an answer that tells its length, or of the connection. */
  private static void read(InputStream in, ByteArrayOutputStream all) throws IOException {
    byte[] some = new byte[16_384];
    for (int read = in.read(some); read >= 0; read = in.read(some)) {
      all.write(some, 0, read);
      String text = all.toString(StandardCharsets.ISO_8859_1);
      int end = text.indexOf("\r\n\r\n");
      String head = end < 0 ? "" : text.substring(0, end).toLowerCase(Locale.ROOT);
      int length = head.indexOf("content-length: ");
      if (length >= 0 && text.length() - end - 4 >= Integer.parseInt(head.substring(length + 16).split("\r\n", 2)[0].trim())) {
        return;
      }
    }
  }

  String text() {
    return new String(body, StandardCharsets.UTF_8);
  }
}
