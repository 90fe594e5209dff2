package dev.computeserver.api;

import dev.computeserver.api.Problem.Fault;
import dev.computeserver.catalog.Named;
import io.vertx.core.MultiMap;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Reads a request's query parameters; a wrong one is a {@link Problem} that names it. */
final class QueryParameters {
  /** What bytes that are no letter are read as, so that they would be taken for others. */
  private static final char NO_LETTER = '\ufffd';
  private static final String NO_LETTER_ENCODED = "%EF%BF%BD";

  private final MultiMap parameters;

  private QueryParameters(MultiMap parameters) {
    this.parameters = parameters;
  }

  static QueryParameters of(RoutingContext context) {
    MultiMap parameters = context.queryParams();
    parameters.forEach((name, value) -> {
      if ((name + value).indexOf(NO_LETTER) >= 0 && !context.request().query().toUpperCase(Locale.ROOT).contains(NO_LETTER_ENCODED)) {
        throw Problem.invalid(List.of(Fault.parameter(name, "is not UTF-8 in percent-encoding")));
      }
    });
    return new QueryParameters(parameters);
  }

  /** Refuses every parameter that is neither named nor begins with {@code prefix}, or that is given twice. */
  QueryParameters only(String prefix, String... names) {
    List<Fault> faults = new ArrayList<>();
    for (String name : parameters.names()) {
      if (!name.startsWith(prefix) && !Arrays.asList(names).contains(name)) {
        faults.add(Fault.parameter(name, "is unknown here; known are " + String.join(", ", names) + " and " + prefix + "KEY"));
      } else if (parameters.getAll(name).size() > 1) {
        faults.add(Fault.parameter(name, "is given more than once; it takes one value"));
      }
    }
    if (!faults.isEmpty()) {
      throw Problem.invalid(faults);
    }
    return this;
  }

  /** The text, or null where it is absent or empty. */
  String text(String name) {
    String value = parameters.get(name);
    return value == null || value.isEmpty() ? null : value;
  }

  int whole(String name, int absent, int least, int most) {
    String value = text(name);
    if (value == null) {
      return absent;
    }
    if (!value.matches("\\d{1,9}") || Integer.parseInt(value) < least || Integer.parseInt(value) > most) {
      throw Problem.invalid(List.of(Fault.parameter(name, "must be a whole number from " + least + " to " + most)));
    }
    return Integer.parseInt(value);
  }

  Instant time(String name) {
    String value = text(name);
    try {
      // A plus sign of an offset arrives as a space where the client did not encode it.
      OffsetDateTime time = value == null ? null : OffsetDateTime.parse(value.replace(' ', '+'));
      if (time != null && (time.getYear() < 0 || time.getYear() > 9_999)) {
        throw new DateTimeParseException("not a year of RFC 3339", value, 0);
      }
      return time == null ? null : time.toInstant();
    } catch (DateTimeParseException malformed) {
      throw Problem.invalid(List.of(Fault.parameter(name, "must be a time such as 2026-11-22T21:00:00.000Z")));
    }
  }

  <E extends Enum<E> & Named> E named(Class<E> type, String name) {
    String value = text(name);
    if (value == null) {
      return null;
    }
    return Named.of(type, value).orElseThrow(() -> Problem.invalid(List.of(Fault.parameter(name, "must be one of "
        + Arrays.stream(type.getEnumConstants()).map(Named::word).collect(Collectors.joining(", "))))));
  }

  MultiMap all() {
    return parameters;
  }
}
