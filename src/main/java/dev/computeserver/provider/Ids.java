package dev.computeserver.provider;

import io.vertx.core.json.JsonObject;
import java.math.BigInteger;

/** The ids that providers give, which are texts or whole numbers. */
final class Ids {
  private Ids() {
  }

  /** The first that one of the fields holds; throws {@link MissingField} where none does. */
  static String required(JsonObject json, String... fields) {
    for (String field : fields) {
      String id = in(json, field);
      if (id != null) {
        return id;
      }
    }
    throw new MissingField(fields[0]);
  }

  /** Null where there is none. */
  static String in(JsonObject json, String field) {
    Object id = json.getValue(field);
    return id instanceof Integer || id instanceof Long || id instanceof BigInteger || id instanceof String text && !text.isBlank() ? id.toString() : null;
  }
}
