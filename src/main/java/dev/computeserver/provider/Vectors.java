package dev.computeserver.provider;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** The result of a text embedding. */
final class Vectors {
  private Vectors() {
  }

  /**
   * A vector for each text, or null where one is missing or no list of numbers: then nobody could tell which text it is of.
   *
   * @param vectors in the order of the texts, as the provider gave them
   */
  static JsonObject result(List<?> vectors, int texts) {
    if (vectors.size() != texts || !vectors.stream().allMatch(Vectors::isVector)) {
      return null;
    }
    return new JsonObject().put("vectors", new JsonArray(List.copyOf(vectors))).put("dimensions", ((JsonArray) vectors.get(0)).size());
  }

  private static boolean isVector(Object given) {
    return given instanceof JsonArray numbers && !numbers.isEmpty() && numbers.stream().allMatch(Number.class::isInstance);
  }
}
