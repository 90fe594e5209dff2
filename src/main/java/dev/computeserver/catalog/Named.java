package dev.computeserver.catalog;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.NoSuchElementException;
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

  /** Whether this is what {@code word} names; a null names nothing. */
  default boolean is(String word) {
    return word().equals(word);
  }

  /** The value that {@code word} names, or empty where there is none; a null names nothing. */
  static <E extends Enum<E> & Named> Optional<E> of(Class<E> type, String word) {
    for (E value : type.getEnumConstants()) {
      if (value.is(word)) {
        return Optional.of(value);
      }
    }
    return Optional.empty();
  }

  /** The same where only a known word will do; throws {@link NoSuchElementException} for one that a newer version may have written. */
  static <E extends Enum<E> & Named> E known(Class<E> type, String word) {
    return of(type, word).orElseThrow(() -> new NoSuchElementException("this version knows no " + type.getSimpleName() + " called " + word));
  }

  /** The words of a vocabulary, in its order. */
  static <E extends Enum<E> & Named> String[] words(Class<E> type) {
    return Arrays.stream(type.getEnumConstants()).map(Named::word).toArray(String[]::new);
  }
}
