package dev.computeserver.sandbox;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SandboxPortTest {

  @Test
  void aPortInUseIsNamedWithItsSetting() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Map<String, String> environment = Map.of("COMPUTE_SANDBOX_PORT", String.valueOf(taken.getLocalPort()));
      Throwable failed = assertThrows(Throwable.class, () -> new TestNode(environment));
      while (failed.getCause() != null) {
        failed = failed.getCause();
      }
      String message = failed.getMessage();
      assertTrue(message.contains("sandbox.port " + taken.getLocalPort()) && message.contains("COMPUTE_SANDBOX_PORT"), message);
    }
  }
}
