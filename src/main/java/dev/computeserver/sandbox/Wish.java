package dev.computeserver.sandbox;

import dev.computeserver.catalog.Named;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The body field {@code sandbox}: how a job should go.
 *
 * @param durationMs run time, 0 to 24 h
 * @param queueMs    time in the queue before it, 0 to 24 h
 * @param fault      what goes wrong, or null
 * @param times      how many occasions of the same key the fault strikes, or null for the fault's usual number
 * @param key        what the occasions are counted by; null: the input (submissions, outcomes) or the job (the rest)
 */
record Wish(long durationMs, long queueMs, Fault fault, Integer times, String key) {

  static final Wish USUAL = new Wish(2_000, 500, null, null, null);

  private static final long DAY_MS = 86_400_000;

  /** The wish in a body field's value; null means the usual one. Throws {@link BadWish} naming what is wrong. */
  static Wish read(Object value) {
    if (value == null) {
      return USUAL;
    }
    if (!(value instanceof JsonObject) && !(value instanceof Map<?, ?>)) {
      throw new BadWish("", "must be an object");
    }
    JsonObject fields = JsonObject.of("sandbox", value).getJsonObject("sandbox");
    long duration = USUAL.durationMs;
    long queue = USUAL.queueMs;
    Fault fault = null;
    Integer times = null;
    String key = null;
    for (String name : fields.fieldNames()) {
      Object field = fields.getValue(name);
      switch (name) {
        case "duration_ms" -> duration = number(name, field, DAY_MS);
        case "queue_ms" -> queue = number(name, field, DAY_MS);
        case "fault" -> fault = fault(field);
        case "times" -> times = (int) number(name, field, 1_000_000);
        case "key" -> key = text(name, field);
        default -> throw new BadWish(name, "is unknown; use duration_ms, queue_ms, fault, times or key");
      }
    }
    return new Wish(duration, queue, fault, times, key);
  }

  private static long number(String name, Object value, long max) {
    if (!(value instanceof Integer) && !(value instanceof Long)) {
      throw new BadWish(name, "must be a whole number from 0 to " + max);
    }
    long number = ((Number) value).longValue();
    if (number < 0 || number > max) {
      throw new BadWish(name, "must be a whole number from 0 to " + max);
    }
    return number;
  }

  private static String text(String name, Object value) {
    if (value instanceof String text && !text.isEmpty() && text.length() <= 200) {
      return text;
    }
    throw new BadWish(name, "must be a text of 1 to 200 characters");
  }

  private static Fault fault(Object value) {
    return Named.of(Fault.class, value instanceof String word ? word : null).orElseThrow(() -> new BadWish("fault",
        "must be one of " + Arrays.stream(Fault.values()).map(Named::word).collect(Collectors.joining(", "))));
  }

  /** A wish that cannot be read; {@code field} is the name inside {@code sandbox}, empty for the whole. */
  static final class BadWish extends RuntimeException {
    private final String field;

    BadWish(String field, String message) {
      super(message, null, false, false);
      this.field = field;
    }

    String field() {
      return field;
    }
  }
}
