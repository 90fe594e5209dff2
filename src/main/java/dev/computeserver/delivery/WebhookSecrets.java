package dev.computeserver.delivery;

import dev.computeserver.config.Secret;
import dev.computeserver.config.Settings;
import dev.computeserver.db.Database;
import io.vertx.core.Future;
import java.util.List;

/** The secrets that sign webhooks, newest first: the configured ones, else one that the server made for itself. */
public record WebhookSecrets(List<Secret> all) {

  public WebhookSecrets {
    all = List.copyOf(all);
  }

  public static Future<WebhookSecrets> of(Settings.Webhooks settings, Database database) {
    if (!settings.secrets().isEmpty()) {
      return Future.succeededFuture(new WebhookSecrets(settings.secrets()));
    }
    return SharedSecret.of(database, "webhook_secret").map(secret -> new WebhookSecrets(List.of(Secret.of(Signature.PREFIX + secret))));
  }
}
