package dev.computeserver.provider;

import dev.computeserver.media.AnyBase64;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/** The result of a text embedding. */
final class Vectors {
  private static final List<String> NAMES = List.of("embedding", "values", "vector");

  private Vectors() {
  }

  /** Those that a result tells: a list of them, or one; bare, or each in an object. What is none keeps its place. */
  static List<Object> in(Object told) {
    if (!(told instanceof JsonArray list)) {
      return told == null ? List.of() : Collections.singletonList(bare(told));
    }
    boolean one = !list.isEmpty() && list.stream().allMatch(Number.class::isInstance);
    return one ? List.of(list) : list.stream().map(Vectors::bare).toList();
  }

  private static Object bare(Object told) {
    Object bare = told instanceof JsonObject object ? NAMES.stream().map(object::getValue).filter(Objects::nonNull).findFirst().orElse(null) : told;
    return bare instanceof String base64 ? numbers(base64) : bare;
  }

  /** As OpenAI and those who speak as it does pack them where a client wants that, or a gateway: four bytes each, the lowest first. Null where it is no such text. */
  private static JsonArray numbers(String base64) {
    byte[] bytes;
    try {
      bytes = AnyBase64.decode(base64.replaceAll("\\s", ""));
    } catch (IllegalArgumentException malformed) {
      return null;
    }
    if (bytes.length == 0 || bytes.length % Float.BYTES != 0) {
      return null;
    }
    FloatBuffer packed = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    JsonArray numbers = new JsonArray();
    while (packed.hasRemaining()) {
      float number = packed.get();
      if (!Float.isFinite(number)) {
        return null;
      }
      // The shortest number that means the same four bytes.
      numbers.add(Double.parseDouble(Float.toString(number)));
    }
    return numbers;
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
