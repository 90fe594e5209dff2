package dev.computeserver.support;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/** A connection on which every byte is the test's own. Texts are in Latin 1. */
public final class RawHttp implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 60_000;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3}) ");
  private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *(\\d+)\r\n");

  private final Socket socket;

  public RawHttp(int port) {
    try {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(PATIENCE_MILLIS);
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }

  /** All that a server answers to these bytes, until it closes; the statuses of it, in order. */
  public static List<Integer> statuses(int port, String request) {
    try (RawHttp http = new RawHttp(port)) {
      return statuses(http.send(request).untilClosed());
    }
  }

  public static List<Integer> statuses(String answers) {
    return STATUS.matcher(answers).results().map(found -> Integer.parseInt(found.group(1))).toList();
  }

  public RawHttp send(String text) {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  public RawHttp send(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      return this;
    } catch (IOException cut) {
      throw new UncheckedIOException(cut);
    }
  }

  /** What comes until the server closes, or cuts. */
  public String untilClosed() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try {
      socket.getInputStream().transferTo(all);
    } catch (IOException cut) {
      // What came before is what it has said.
    }
    return all.toString(StandardCharsets.ISO_8859_1);
  }

  /** The next answer, its body included; empty where the server closes instead. */
  public String answer() {
    StringBuilder answer = new StringBuilder();
    while (answer.indexOf("\r\n\r\n") < 0) {
      if (!read(answer)) {
        return answer.toString();
      }
    }
    var length = LENGTH.matcher(answer);
    int whole = answer.indexOf("\r\n\r\n") + 4 + (length.find() ? Integer.parseInt(length.group(1)) : 0);
    while (answer.length() < whole) {
      if (!read(answer)) {
        return answer.toString();
      }
    }
    return answer.toString();
  }

  private boolean read(StringBuilder into) {
    int next = read();
    if (next >= 0) {
      into.append((char) next);
    }
    return next >= 0;
  }

  /** The next byte, or -1. */
  public int read() {
    try {
      InputStream in = socket.getInputStream();
      return in.read();
    } catch (IOException cut) {
      return -1;
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }
}
