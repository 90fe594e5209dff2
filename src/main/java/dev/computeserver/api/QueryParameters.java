package dev.computeserver.api;

import dev.computeserver.api.Problem.Fault;
import dev.computeserver.catalog.Named;
import io.vertx.core.MultiMap;
import io.vertx.ext.web.RoutingContext;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads a request's query parameters; a wrong one is a {@link Problem} that names it. */
final class QueryParameters {
  private final MultiMap parameters;

  private QueryParameters(MultiMap parameters) {
    this.parameters = parameters;
  }

  static QueryParameters of(RoutingContext context) {
    MultiMap parameters = context.queryParams();
    String query = context.request().query();
    Stream.of(query == null ? new String[0] : query.split("[&;]")).forEach(QueryParameters::checkText);
    return new QueryParameters(parameters);
  }

  /** What is no text would be read as another one. */
  private static void checkText(String parameter) {
    byte[] bytes = URLDecoder.decode(parameter, StandardCharsets.ISO_8859_1).getBytes(StandardCharsets.ISO_8859_1);
    String fault = null;
    try {
      fault = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString().indexOf('\0') < 0 ? null
          : "must not contain the character U+0000";
    } catch (CharacterCodingException noText) {
      fault = "is not UTF-8 in percent-encoding";
    }
    if (fault != null) {
      throw Problem.invalid(List.of(Fault.parameter(URLDecoder.decode(parameter.replaceFirst("=.*", ""), StandardCharsets.UTF_8), fault)));
    }
  }

  /** Refuses every parameter that is not named, or is given twice. */
  QueryParameters only(String... names) {
    return onlyWith(null, names);
  }

  /** The same, but for those that begin with {@code prefix}, where there is one. */
  QueryParameters onlyWith(String prefix, String... names) {
    String known = Stream.concat(Stream.of(names), Stream.ofNullable(prefix).map(begin -> begin + "KEY")).collect(Collectors.joining(", "));
    List<Fault> faults = new ArrayList<>();
    for (String name : parameters.names()) {
      if ((prefix == null || !name.startsWith(prefix)) && !Arrays.asList(names).contains(name)) {
        faults.add(Fault.parameter(name, known.isEmpty() ? "is unknown here; there are none" : "is unknown here; known are " + known));
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
