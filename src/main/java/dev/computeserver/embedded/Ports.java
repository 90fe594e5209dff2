package dev.computeserver.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;

/** Ports on loopback. A server keeps its port over restarts, so that other nodes which use it find it again. */
public final class Ports {
  /** Below the ports that systems give to outgoing connections, any of which could take one while its server restarts. */
  private static final int LOWEST = 20_000;
  private static final int HIGHEST = 32_000;
  private static final int MOST_TRIES = 1_000;

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

  /**
   * A free one that stays free unless somebody asks for it by its number.
   *
   * @throws IOException where none was found
   */
  public static int free() throws IOException {
    for (int i = 0; i < MOST_TRIES; i++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
      if (isFree(port)) {
        return port;
      }
    }
    throw new IOException("No port between " + LOWEST + " and " + HIGHEST + " is free on 127.0.0.1");
  }
}
