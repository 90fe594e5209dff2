package dev.computeserver.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A connection over which anything may be sent. */
final class RawHttp implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 30_000;
  private static final int MOST = 64 * 1024;

  private final Socket socket = new Socket();
  private final OutputStream out;
  private final InputStream in;

  RawHttp(int port) throws IOException {
    socket.connect(new InetSocketAddress("127.0.0.1", port), PATIENCE_MILLIS);
    socket.setSoTimeout(PATIENCE_MILLIS);
    out = socket.getOutputStream();
    in = socket.getInputStream();
  }

  RawHttp send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.UTF_8));
  }

  RawHttp send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  /** The status of the next answer; 0 where the server closes instead. Its head is read and no more. */
  int status() throws IOException {
    String line = head();
    return line.startsWith("HTTP/1.") && line.length() > 12 ? Integer.parseInt(line.substring(9, 12)) : 0;
  }

  private String head() throws IOException {
    StringBuilder head = new StringBuilder();
    int next = in.read();
    while (next >= 0 && head.length() < MOST && head.indexOf("\r\n\r\n") < 0) {
      head.append((char) next);
      next = head.indexOf("\r\n\r\n") < 0 ? in.read() : next;
    }
    return head.toString();
  }

  /** Reads nothing for so long. */
  void hold(int millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  /** All that the server says until it closes, or until it says nothing for {@code millis}. */
  String rest(int millis) throws IOException {
    socket.setSoTimeout(millis);
    StringBuilder all = new StringBuilder();
    byte[] some = new byte[4096];
    try {
      for (int read = in.read(some); read >= 0 && all.length() < MOST; read = in.read(some)) {
        all.append(new String(some, 0, read, StandardCharsets.ISO_8859_1));
      }
    } catch (SocketTimeoutException silent) {
      all.append("(open)");
    }
    return all.toString();
  }

  int read() throws IOException {
    return in.read();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
