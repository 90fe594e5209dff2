package dev.computeserver.provider;

import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.regex.Pattern;

/** The words of a provider's own list, such as states and kinds of errors: the same in whichever case and spelling they come. */
final class Words {
  private static final Pattern GAPS = Pattern.compile("[\\s_-]+");

  private Words() {
  }

  /** In lower case, {@code _} between its parts, {@code canceled} with one l; empty where there is none. */
  static String of(Object told) {
    return told instanceof String text ? GAPS.matcher(text.strip().toLowerCase(Locale.ROOT)).replaceAll("_").replace("cancelled", "canceled") : "";
  }

  /** Whether it is {@code true}, be it as a text. */
  static boolean isTrue(Object told) {
    return Boolean.TRUE.equals(told) || of(told).equals("true");
  }

  /** Whether it is {@code false}, be it as a text. */
  static boolean isFalse(Object told) {
    return Boolean.FALSE.equals(told) || of(told).equals("false");
  }

  /** The first that one of the fields tells; throws {@link MissingField} where none does. */
  static String required(JsonObject json, String... fields) {
    for (String field : fields) {
      String word = of(json.getValue(field));
      if (!word.isEmpty()) {
        return word;
      }
    }
    throw new MissingField(fields[0]);
  }
}
