package dev.computeserver.sandbox;

import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.embedded.Ports;
import dev.computeserver.outbound.UrlGuard;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptPortTest {
  @TempDir
  private Path folder;

  /** Starts it, stops it, and tells which port it had. A socket is closed for good when its event loop has looked at it once more, or ended. */
  private static int portOf(int wanted, Path file) {
    Vertx vertx = Vertx.vertx();
    SandboxVerticle sandbox = new SandboxVerticle(wanted, file, new UrlGuard(false, true), new ByteBudget(1 << 20));
    await(vertx.undeploy(await(vertx.deployVerticle(sandbox))));
    await(vertx.close());
    return sandbox.port();
  }

  @Test
  void isTheSameAfterARestartWhileItIsFree() throws IOException {
    Path file = folder.resolve("data/sandbox.port");
    int first = portOf(0, file);
    assertEquals(first, portOf(0, file));
    try (ServerSocket stranger = new ServerSocket(first, 1, InetAddress.getByName("127.0.0.1"))) {
      int second = portOf(0, file);
      assertNotEquals(stranger.getLocalPort(), second);
      assertEquals(String.valueOf(second), Files.readString(file));
    }
    Files.writeString(file, "not a port");
    assertTrue(portOf(0, file) > 0);
  }

  @Test
  void isNotKeptOverOneThatIsSet() throws IOException {
    int free = Ports.free();
    Path file = folder.resolve("sandbox.port");
    Files.writeString(file, "1");
    assertEquals(free, portOf(free, file));
  }
}
