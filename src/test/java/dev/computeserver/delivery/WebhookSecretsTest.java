package dev.computeserver.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.computeserver.config.Settings;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WebhookSecretsTest {
  private static Vertx vertx;
  private static TestStore db;
  @TempDir
  private Path folder;

  @BeforeAll
  static void open() {
    vertx = Vertx.vertx();
    db = new TestStore(vertx);
  }

  @AfterAll
  static void close() {
    db.close();
    TestStore.await(vertx.close());
  }

  private WebhookSecrets secrets(Map<String, String> environment) {
    return TestStore.await(WebhookSecrets.of(Settings.load((Path) null, environment).webhooks(), db.database, vertx, folder));
  }

  @Test
  void aSecretThatIsMadeIsKeptAndToldToThisUserOnly() throws IOException {
    String made = secrets(Map.of()).all().get(0).reveal();
    Path file = folder.resolve(WebhookSecrets.FILE);
    assertEquals(made + "\n", Files.readString(file));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertEquals(made, secrets(Map.of()).all().get(0).reveal());
    assertEquals(made + "\n", Files.readString(file));
  }

  @Test
  void aConfiguredOneIsNotWritten() {
    String own = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assertEquals(own, secrets(Map.of("COMPUTE_WEBHOOKS_SECRETS", own)).all().get(0).reveal());
    assertFalse(Files.exists(folder.resolve(WebhookSecrets.FILE)));
  }
}
