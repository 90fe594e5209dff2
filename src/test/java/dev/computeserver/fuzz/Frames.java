package dev.computeserver.fuzz;

import static dev.computeserver.fuzz.Change.object;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Frames to the WebSocket: the server answers or closes, and does so in time. */
final class Frames implements Kind {
  private static final int PATIENCE_MILLIS = 20_000;
  private static final String ID = "01a205d0-e654-7000-89a6-bcc72785beac";
  private static final List<Map<String, Object>> MESSAGES = List.of(
      object("subscribe", object("task_ids", List.of(ID, ID))), object("subscribe", object("capability", "image_generation", "provider", "fal_standard")),
      object("subscribe", object("since", "0")), object("unsubscribe", object("task_ids", List.of(ID))), object("subscribe", object()));

  private final int port;

  Frames(int port) {
    this.port = port;
  }

  @Override
  public String name() {
    return "frames";
  }

  @Override
  public List<String> run(List<Case> cases) {
    return Kind.sideBySide(cases, this::complaint);
  }

  private String complaint(Case each) {
    Random random = each.random();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = random.nextInt(4); i >= 0; i--) {
      byte[] payload = Change.apply(MESSAGES.get(random.nextInt(MESSAGES.size())), each.changes());
      boolean plain = random.nextInt(3) > 0;
      int opcode = plain ? 1 : random.nextInt(16);
      int head = opcode | (plain || random.nextBoolean() ? 0x80 : 0) | (plain ? 0 : random.nextInt(8) << 4);
      long length = plain || random.nextInt(3) > 0 ? payload.length : random.nextLong();
      frame(all, head, length, plain || random.nextInt(4) > 0, payload);
    }
    frame(all, 0x81, 41, true, "{\"unsubscribe\":{\"provider\":\"comfyui\"}}   ".getBytes(StandardCharsets.US_ASCII));
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), PATIENCE_MILLIS);
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write(("GET /v1/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(all.toByteArray());
      socket.getOutputStream().flush();
      return answered(socket);
    } catch (SocketTimeoutException silent) {
      return "neither answered nor closed within " + PATIENCE_MILLIS + " ms";
    } catch (IOException cut) {
      return null;
    }
  }

  private static String answered(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    StringBuilder text = new StringBuilder();
    boolean halfClosed = false;
    for (int next = in.read(); next >= 0; next = in.read()) {
      text.append((char) next);
      if (text.indexOf("HTTP/1.1 5") == 0) {
        return text.toString();
      }
      if (text.indexOf("\"unsubscribed\":{\"provider\":\"comfyui\"}") >= 0) {
        return null;
      }
      if (!halfClosed && text.length() > 100) {
        // A frame that announces more than comes would be waited for else.
        socket.shutdownOutput();
        halfClosed = true;
      }
    }
    return null;
  }

  private static void frame(ByteArrayOutputStream all, int head, long length, boolean masked, byte[] payload) {
    all.write(head);
    int mask = masked ? 0x80 : 0;
    if (length >= 0 && length < 126) {
      all.write(mask | (int) length);
    } else if (length >= 0 && length < 65_536) {
      all.write(mask | 126);
      all.write((int) length >> 8);
      all.write((int) length);
    } else {
      all.write(mask | 127);
      for (int shift = 56; shift >= 0; shift -= 8) {
        all.write((int) (length >> shift));
      }
    }
    if (masked) {
      all.writeBytes(new byte[4]);
    }
    all.writeBytes(payload);
  }
}
