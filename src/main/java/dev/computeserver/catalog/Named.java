package dev.computeserver.catalog;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import java.util.Optional;

/** A value of the contract's vocabulary, written there as the lower case of its Java name. */
public interface Named {

  /** The enum constant's Java name. */
  String name();

  /** The word in JSON, in the database and in settings, such as {@code image_generation}. */
  @JsonValue
  default String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The value that {@code word} names, or empty where there is none; a null names nothing. */
  static <E extends Enum<E> & Named> Optional<E> of(Class<E> type, String word) {
    for (E value : type.getEnumConstants()) {
      if (value.word().equals(word)) {
        return Optional.of(value);
      }
    }
    return Optional.empty();
  }
}
