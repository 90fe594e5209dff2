package dev.computeserver.provider;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads what providers answer. What a reader needs decides: {@link #required}, and how the document as a whole must look. What it
 * does not need cannot: a fact that is absent, null or of another type than the provider's page says is null or empty here.
 */
public final class Json {
  /** What lies deeper in a document is left out; no provider tells anything there. */
  public static final int MOST_LEVELS = 64;

  /** Each takes some fifty bytes of memory while it is open. */
  private static final int MOST_BRACKETS = 200_000;
  /** Reading a longer number takes long, and it says nothing. */
  private static final int MOST_DIGITS = 400;
  private static final JsonFactory FACTORY = JsonFactory.builder()
      // Python's encoder writes NaN and Infinity, which are no JSON.
      .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
      .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
      .enable(JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS)
      // The length of the whole is bounded already, and no part of it that nobody needs may cost the rest.
      .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MOST_BRACKETS).maxStringLength(Integer.MAX_VALUE)
          .maxNameLength(Integer.MAX_VALUE).maxNumberLength(Integer.MAX_VALUE).build())
      .build();

  private Json() {
  }

  /** A JSON object; numbers that are none are null. Throws {@link DecodeException} where the body is no JSON object. */
  public static JsonObject object(Buffer body) {
    if (read(body) instanceof JsonObject object) {
      return object;
    }
    throw new DecodeException("not a JSON object");
  }

  /** The same of a list. */
  public static JsonArray array(Buffer body) {
    if (read(body) instanceof JsonArray array) {
      return array;
    }
    throw new DecodeException("not a JSON list");
  }

  private static Object read(Buffer body) {
    try (JsonParser parser = FACTORY.createParser(new Bytes(body))) {
      return read(parser);
    } catch (IOException malformed) {
      return readAsUtf8(body);
    }
  }

  /** With a sign in the place of each byte that is no UTF-8: it may stand where nobody reads. */
  private static Object readAsUtf8(Buffer body) {
    try (JsonParser parser = FACTORY.createParser(new InputStreamReader(new Bytes(body), StandardCharsets.UTF_8))) {
      return read(parser);
    } catch (IOException malformed) {
      throw new DecodeException("not JSON: " + malformed.getClass().getSimpleName());
    }
  }

  private static Object read(JsonParser parser) throws IOException {
    parser.nextToken();
    Object value = value(parser, 0);
    if (parser.nextToken() != null) {
      throw new DecodeException("more follows the JSON");
    }
    return value;
  }

  private static JsonObject object(JsonParser parser, int level) throws IOException {
    JsonObject object = new JsonObject();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      object.put(name, value(parser, level));
    }
    return object;
  }

  private static JsonArray array(JsonParser parser, int level) throws IOException {
    JsonArray array = new JsonArray();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      array.add(value(parser, level));
    }
    return array;
  }

  private static Object value(JsonParser parser, int level) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == null) {
      throw new DecodeException("the JSON breaks off");
    }
    if (token.isStructStart() && level >= MOST_LEVELS) {
      parser.skipChildren();
      return null;
    }
    return switch (token) {
      case START_OBJECT -> object(parser, level + 1);
      case START_ARRAY -> array(parser, level + 1);
      case VALUE_STRING -> parser.getText();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NUMBER_INT -> parser.getTextLength() > MOST_DIGITS ? null : parser.getNumberValue();
      case VALUE_NUMBER_FLOAT -> parser.getTextLength() > MOST_DIGITS || parser.isNaN() || Double.isInfinite(parser.getDoubleValue()) ? null : (Object) parser.getDoubleValue();
      default -> null;
    };
  }

  /** A text that the reader cannot do without; throws {@link MissingField} where it is absent, empty or no text. */
  public static String required(JsonObject json, String field) {
    if (json.getValue(field) instanceof String text && !text.isEmpty()) {
      return text;
    }
    throw new MissingField(field);
  }

  /** A text, or null. */
  public static String text(JsonObject json, String field) {
    return json.getValue(field) instanceof String text ? text : null;
  }

  public static String text(JsonObject json, String field, String otherwise) {
    return json.getValue(field) instanceof String text ? text : otherwise;
  }

  /** A whole number, also where it stands as a text or with a fraction of nothing; or null. */
  public static Integer whole(JsonObject json, String field) {
    Double number = number(json, field);
    return number == null || number != Math.rint(number) || Math.abs(number) > Integer.MAX_VALUE ? null : (Integer) number.intValue();
  }

  /** A finite number, also where it stands as a text; or null. */
  public static Double number(JsonObject json, String field) {
    return number(json.getValue(field));
  }

  /** The same of a value that has been read. */
  public static Double number(Object value) {
    if (value instanceof Number number) {
      return Double.isFinite(number.doubleValue()) ? (Double) number.doubleValue() : null;
    }
    return value instanceof String text && text.matches("-?\\d{1,15}(\\.\\d{1,15})?") ? Double.valueOf(text) : null;
  }

  /** A time with its zone; or {@code otherwise}. */
  public static Instant time(JsonObject json, String field, Instant otherwise) {
    try {
      return OffsetDateTime.parse(text(json, field, "")).toInstant();
    } catch (DateTimeParseException none) {
      return otherwise;
    }
  }

  /** An object, or an empty one. */
  public static JsonObject object(JsonObject json, String field) {
    return json.getValue(field) instanceof JsonObject object ? object : new JsonObject();
  }

  /** A list, or an empty one. */
  public static JsonArray array(JsonObject json, String field) {
    return json.getValue(field) instanceof JsonArray array ? array : new JsonArray();
  }

  /** The objects in a list, without what else is in it; empty where there is no list. */
  public static List<JsonObject> objects(JsonObject json, String field) {
    List<JsonObject> objects = new ArrayList<>();
    for (Object each : array(json, field)) {
      if (each instanceof JsonObject object) {
        objects.add(object);
      }
    }
    return objects;
  }

  /** As a part of a URL's path or query. */
  public static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** A body as it lies, since a copy of a long one takes as much memory again. */
  private static final class Bytes extends InputStream {
    private final Buffer body;
    private int at;

    Bytes(Buffer body) {
      this.body = body;
    }

    @Override
    public int read() {
      return at < body.length() ? body.getByte(at++) & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int most) {
      int count = Math.min(most, body.length() - at);
      if (count <= 0) {
        return -1;
      }
      body.getBytes(at, at + count, into, offset);
      at += count;
      return count;
    }
  }
}
