package dev.computeserver.delivery;

import dev.computeserver.db.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.security.SecureRandom;
import java.util.Base64;

/** Secrets that all nodes of a cluster share and nobody has to configure: made by whichever node comes first. */
public final class SharedSecret {
  private static final int BYTES = 24;

  private SharedSecret() {
  }

  /** The secret of this name: 24 random bytes in base64. */
  public static Future<String> of(Database database, String name) {
    byte[] random = new byte[BYTES];
    new SecureRandom().nextBytes(random);
    Tuple values = Tuple.of(name, Base64.getEncoder().encodeToString(random));
    return database.query("INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING", values)
        .compose(kept -> database.query("SELECT value FROM setting WHERE name = $1", Tuple.of(name)))
        .map(rows -> rows.iterator().next().getString(0));
  }
}
