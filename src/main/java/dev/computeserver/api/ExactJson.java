package dev.computeserver.api;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.computeserver.api.Problem.Fault;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Reads a client's JSON so that each value is kept as it came, or refused with its place: numbers that would lose digits, halves of
 * characters, U+0000, and nesting of more than {@value #MOST_LEVELS} levels. Work and memory are linear in the body's length.
 */
final class ExactJson {
  /** Levels of objects and arrays, the outermost included. */
  static final int MOST_LEVELS = 64;

  private static final JsonMapper MAPPER = JsonMapper.builder().disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION).build();
  /** Whole numbers up to here are the same as a fraction of nothing. */
  private static final double MOST_WHOLE = 1L << 53;
  private static final int DECODED_AT_ONCE = 4 * 1024;

  private final JsonParser parser;
  private final byte[] bytes;
  private final RequestFaults faults;
  private final Deque<Object> place = new ArrayDeque<>();
  private int values;

  private ExactJson(JsonParser parser, byte[] bytes, RequestFaults faults) {
    this.parser = parser;
    this.bytes = bytes;
    this.faults = faults;
  }

  /** A body's value; throws {@link Problem} where it is no JSON, or nested too deep for anything else to be said about it. */
  static Read read(Buffer body, RequestFaults faults) {
    if (body == null || body.length() == 0) {
      throw Problem.unreadable("the body is empty; send a JSON object");
    }
    byte[] bytes = body.getBytes();
    // The parser itself takes forms of a letter that are none, and makes others of them.
    checkUtf8(bytes);
    try (JsonParser parser = MAPPER.createParser(bytes)) {
      return new ExactJson(parser, bytes, faults).all();
    } catch (IOException unreadable) {
      throw Problem.unreadable("the body is not JSON in UTF-8");
    }
  }

  private Read all() throws IOException {
    try {
      parser.nextToken();
      JsonNode value = value(0);
      if (parser.nextToken() != null) {
        throw Problem.unreadable("more follows the body's JSON value; send one");
      }
      return new Read(value, values);
    } catch (JsonProcessingException malformed) {
      throw JsonFault.of(malformed, bytes, pointer());
    }
  }

  private static void checkUtf8(byte[] bytes) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(DECODED_AT_ONCE);
    CoderResult result = decoder.decode(in, out, true);
    while (result.isOverflow()) {
      out.clear();
      result = decoder.decode(in, out, true);
    }
    if (result.isError()) {
      throw JsonFault.notUtf8(in.position(), bytes);
    }
  }

  private JsonNode value(int level) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == null) {
      throw Problem.unreadable("the body is not JSON: it breaks off");
    }
    values++;
    return switch (token) {
      case START_OBJECT -> object(deeper(level));
      case START_ARRAY -> array(deeper(level));
      case VALUE_STRING -> JsonNodeFactory.instance.textNode(text(parser.getText()));
      case VALUE_TRUE -> JsonNodeFactory.instance.booleanNode(true);
      case VALUE_FALSE -> JsonNodeFactory.instance.booleanNode(false);
      case VALUE_NUMBER_INT -> whole();
      case VALUE_NUMBER_FLOAT -> fraction();
      default -> JsonNodeFactory.instance.nullNode();
    };
  }

  private int deeper(int level) {
    if (level == MOST_LEVELS) {
      throw Problem.invalid(List.of(Fault.at(pointer(), "must not be nested deeper than " + MOST_LEVELS + " levels")));
    }
    return level + 1;
  }

  private ObjectNode object(int level) throws IOException {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      if (object.has(name)) {
        throw JsonFault.twice(name, parser.currentTokenLocation(), bytes, pointer());
      }
      String fault = faultOf(name);
      if (fault != null) {
        faults.add(Fault.at(pointer(), "must not have a name with " + fault));
      }
      place.addLast(name);
      parser.nextToken();
      object.set(name, value(level));
      place.removeLast();
    }
    return object;
  }

  private ArrayNode array(int level) throws IOException {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      place.addLast(array.size());
      array.add(value(level));
      place.removeLast();
    }
    return array;
  }

  private String text(String text) {
    String fault = faultOf(text);
    if (fault != null) {
      faults.add(Fault.at(pointer(), "must not contain " + fault));
    }
    return text;
  }

  /** What neither the database nor any provider can keep, or null. */
  private static String faultOf(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\0') {
        return "the character U+0000";
      }
      if (Character.isSurrogate(c)) {
        if (Character.isLowSurrogate(c) || i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1))) {
          return String.format("half a character: \\u%04x stands without its other half", (int) c);
        }
        i++;
      }
    }
    return null;
  }

  private JsonNode whole() throws IOException {
    Number number = parser.getNumberValue();
    if (number instanceof Integer || number instanceof Long) {
      return number instanceof Integer ? JsonNodeFactory.instance.numberNode(number.intValue()) : JsonNodeFactory.instance.numberNode(number.longValue());
    }
    return JsonNodeFactory.instance.numberNode(parser.getBigIntegerValue());
  }

  private JsonNode fraction() throws IOException {
    String text = parser.getText();
    double number = Double.parseDouble(text);
    if (Double.isInfinite(number) || !isKept(new BigDecimal(text), number)) {
      faults.add(Fault.at(pointer(), "must be a number that 64 bits keep exactly, with 17 digits or fewer; send it as a text otherwise"));
      return JsonNodeFactory.instance.nullNode();
    }
    return JsonNodeFactory.instance.numberNode(number);
  }

  /**
   * Whether it is the shortest text of the number, or one as short: Java's own may have more digits than are needed. Compared without being
   * written out: 1e999999999 is short here and has a billion digits there.
   */
  private static boolean isKept(BigDecimal said, double number) {
    BigDecimal ours = new BigDecimal(Double.toString(number));
    int digits = said.stripTrailingZeros().precision();
    return said.compareTo(ours) == 0
        || digits < ours.precision() && new BigDecimal(number).round(new MathContext(digits)).compareTo(said) == 0;
  }

  private String pointer() {
    StringBuilder pointer = new StringBuilder();
    place.forEach(part -> pointer.append('/').append(Schemas.escaped(part.toString())));
    return pointer.toString();
  }

  /**
   * The same value for the store and for providers.
   *
   * @param oneForm whether 42.0 becomes 42, as a schema that wants a whole number takes either
   */
  static Object plain(JsonNode node, boolean oneForm) {
    if (node.isObject()) {
      JsonObject object = new JsonObject();
      node.fields().forEachRemaining(field -> object.put(field.getKey(), plain(field.getValue(), oneForm)));
      return object;
    }
    if (node.isArray()) {
      JsonArray array = new JsonArray();
      node.forEach(each -> array.add(plain(each, oneForm)));
      return array;
    }
    if (node.isNumber()) {
      double number = node.doubleValue();
      boolean whole = oneForm && node.isDouble() && number == Math.rint(number) && Math.abs(number) <= MOST_WHOLE;
      return !whole ? node.numberValue() : Math.abs(number) <= Integer.MAX_VALUE ? (Object) (int) number : (Object) (long) number;
    }
    return node.isTextual() ? node.textValue() : node.isBoolean() ? (Object) node.booleanValue() : null;
  }

  /** @param values how many values there are in it, at all levels */
  record Read(JsonNode value, int values) {
  }
}
