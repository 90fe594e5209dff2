package dev.computeserver.delivery;

import dev.computeserver.config.Secret;
import dev.computeserver.config.Settings;
import dev.computeserver.db.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** The secrets that sign webhooks, newest first: the configured ones, else one that the server made for itself. */
public record WebhookSecrets(List<Secret> all) {
  /** In the data folder; holds the secret where none is configured, for whoever is to check signatures. */
  public static final String FILE = "webhook.secret";

  public WebhookSecrets {
    all = List.copyOf(all);
  }

  /** The configured ones; where there are none, the cluster's own, which is also written to {@value #FILE} below {@code folder}. */
  public static Future<WebhookSecrets> of(Settings.Webhooks settings, Database database, Vertx vertx, Path folder) {
    if (!settings.secrets().isEmpty()) {
      return Future.succeededFuture(new WebhookSecrets(settings.secrets()));
    }
    return SharedSecret.of(database, "webhook_secret").map(made -> Secret.of(Signature.PREFIX + made))
        .compose(secret -> vertx.executeBlocking(() -> write(secret, folder)).map(written -> new WebhookSecrets(List.of(secret))));
  }

  private static Void write(Secret secret, Path folder) throws IOException {
    Files.createDirectories(folder);
    Path fresh = Files.createTempFile(folder, FILE, ".new", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(fresh, secret.reveal() + "\n");
    Files.move(fresh, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return null;
  }
}
