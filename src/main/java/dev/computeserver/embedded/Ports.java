package dev.computeserver.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;

/** Ports on loopback. A server keeps its port over restarts, so that other nodes which use it find it again. */
final class Ports {
  private Ports() {
  }

  /** The port that {@code file} names, where it is free; else any free one, which the file names from now on. */
  static int kept(Path file) throws IOException {
    int before = Files.exists(file) ? number(Files.readString(file).strip()) : 0;
    int port = before > 0 && isFree(before) ? before : free();
    Files.writeString(file, String.valueOf(port));
    return port;
  }

  private static int number(String text) {
    return text.matches("[1-9]\\d{0,4}") ? Math.min(65_535, Integer.parseInt(text)) : 0;
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 1);
      return true;
    } catch (IOException taken) {
      return false;
    }
  }

  private static int free() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      return socket.getLocalPort();
    }
  }
}
