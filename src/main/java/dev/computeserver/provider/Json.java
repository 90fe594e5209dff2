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
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

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
  /** What some writers put before a text in UTF-8. */
  private static final byte[] MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};
  /** Where a text is told in an object, the likeliest first. */
  private static final List<String> WORDS = List.of("text", "output_text", "generated_text", "content", "output", "response", "answer");
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

  /**
   * A JSON object, also where it stands alone in a list; numbers that are none are null, and what follows it is not read. Throws
   * {@link DecodeException} where the body does not begin with one, or breaks off in it.
   */
  public static JsonObject object(Buffer body) {
    List<JsonObject> objects = objects(body);
    if (objects.size() == 1) {
      return objects.get(0);
    }
    throw new DecodeException("not a JSON object");
  }

  /** The same of a body that may be a list of several objects. */
  static List<JsonObject> objects(Buffer body) {
    Object value = read(body);
    return objects(value instanceof JsonArray list ? list : List.of(value));
  }

  /** The same of whatever the body begins with: {@link JsonObject}, {@link JsonArray}, a text or another plain value. */
  static Object read(Buffer body) {
    int start = start(body);
    try (JsonParser parser = FACTORY.createParser(new Bytes(body, start))) {
      return read(parser);
    } catch (IOException malformed) {
      return readAsUtf8(body, start);
    }
  }

  /** With a sign in the place of each byte that is no UTF-8: it may stand where nobody reads. */
  private static Object readAsUtf8(Buffer body, int start) {
    try (JsonParser parser = FACTORY.createParser(new InputStreamReader(new Bytes(body, start), StandardCharsets.UTF_8))) {
      return read(parser);
    } catch (IOException malformed) {
      throw new DecodeException("not JSON: " + malformed.getClass().getSimpleName());
    }
  }

  private static Object read(JsonParser parser) throws IOException {
    parser.nextToken();
    Object value = value(parser, 0);
    if (value == null) {
      throw new DecodeException("null");
    }
    return value;
  }

  /** After marks and filling, of which no text is made. */
  private static int start(Buffer body) {
    int at = 0;
    while (at < body.length() && (body.getByte(at) == 0 || isMark(body, at))) {
      at += body.getByte(at) == 0 ? 1 : MARK.length;
    }
    return at;
  }

  private static boolean isMark(Buffer body, int at) {
    return at + MARK.length <= body.length() && Arrays.equals(body.getBytes(at, at + MARK.length), MARK);
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

  /** What is in a list; of anything else that, as a list of one; empty where there is nothing. */
  static JsonArray entries(JsonObject json, String field) {
    Object value = json.getValue(field);
    return value instanceof JsonArray array ? array : value == null ? new JsonArray() : JsonArray.of(value);
  }

  /** The objects in a list, without what else is in it, or the one that stands in the list's place. */
  public static List<JsonObject> objects(JsonObject json, String field) {
    return objects(entries(json, field));
  }

  private static List<JsonObject> objects(Iterable<?> values) {
    List<JsonObject> objects = new ArrayList<>();
    for (Object each : values) {
      if (each instanceof JsonObject object) {
        objects.add(object);
      }
    }
    return objects;
  }

  /** A text as it is told: bare, in pieces, or below a usual name of an object; null where there is none, which is not the same as an empty one. */
  static String words(Object told) {
    if (told instanceof JsonArray pieces) {
      List<String> words = pieces.stream().map(piece -> piece instanceof Number ? piece.toString() : words(piece)).filter(Objects::nonNull).toList();
      return pieces.stream().allMatch(piece -> words(piece) == null) ? null : String.join("", words);
    }
    if (told instanceof JsonObject object) {
      return WORDS.stream().map(field -> words(object.getValue(field))).filter(Objects::nonNull).findFirst().orElse(null);
    }
    return told instanceof String text ? text : null;
  }

  /** As a part of a URL's path or query. */
  public static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** A body as it lies, since a copy of a long one takes as much memory again. */
  private static final class Bytes extends InputStream {
    private final Buffer body;
    private int at;

    Bytes(Buffer body, int start) {
      this.body = body;
      at = start;
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
