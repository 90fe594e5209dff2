package dev.computeserver.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedServersTest {
  private static final SharedServers MADE = new SharedServers("postgresql://u:p@127.0.0.1:1/compute", "redis://:p@127.0.0.1:2", "");

  @TempDir Path home;

  @Test
  void offersToOthersWhatTheHolderOfTheFolderHasStarted() throws IOException {
    try (DataFolder folder = DataFolder.claim(home)) {
      MADE.offer(folder);
      assertEquals(MADE, SharedServers.join(home, Duration.ofSeconds(5)));
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("shared-servers"))));
    }
  }

  @Test
  void takesNoOfferOfAFormerHolder() throws IOException {
    try (DataFolder folder = DataFolder.claim(home)) {
      MADE.offer(folder);
      Path file = home.resolve("shared-servers");
      List<String> lines = Files.readAllLines(file);
      lines.set(0, "1");
      Files.write(file, lines);
      StartFailed nothing = assertThrows(StartFailed.class, () -> SharedServers.join(home, Duration.ofMillis(1)));
      assertEquals("data_folder_in_use", nothing.code());
      assertTrue(nothing.getMessage().contains("COMPUTE_CLUSTER_ENABLED"), nothing.getMessage());
    }
  }

  @Test
  void aPortIsKeptWhileItIsFree() throws IOException {
    Path file = home.resolve("port");
    int first = Ports.kept(file);
    assertEquals(first, Ports.kept(file));
    try (ServerSocket stranger = new ServerSocket(first, 1, InetAddress.getByName("127.0.0.1"))) {
      int second = Ports.kept(file);
      assertTrue(second != stranger.getLocalPort() && second > 0);
      assertEquals(second, Ports.kept(file));
    }
    Files.writeString(file, "not a port");
    assertTrue(Ports.kept(file) > 0);
  }
}
