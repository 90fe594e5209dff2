package dev.computeserver.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * A hash of what a request means: the same however its JSON is written, for numbers count by value ({@code 1} and {@code 1.0}), members in any
 * order, and white space and escapes not at all. For bodies that {@link ExactJson} has taken, whose length and depth have bounds.
 */
final class MeaningHash {
  private static final JsonFactory JSON = JsonFactory.builder()
      .streamReadConstraints(StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build()).build();

  private final JsonParser parser;

  private MeaningHash(JsonParser parser) {
    this.parser = parser;
  }

  /** @param path where it was sent to, which is a part of its meaning */
  static String of(String path, Buffer body) {
    MessageDigest whole = begin('p');
    whole.update(path.getBytes(StandardCharsets.UTF_8));
    try (JsonParser parser = JSON.createParser(body.getBytes())) {
      parser.nextToken();
      whole.update(new MeaningHash(parser).value());
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    return HexFormat.of().formatHex(whole.digest());
  }

  private byte[] value() throws IOException {
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> object();
      case START_ARRAY -> array();
      case VALUE_STRING -> text();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number();
      default -> begin(token.asString().charAt(0)).digest();
    };
  }

  private byte[] object() throws IOException {
    Map<String, byte[]> members = new TreeMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      members.put(name, value());
    }
    MessageDigest digest = begin('{');
    members.forEach((name, value) -> {
      digest.update(of('"', name));
      digest.update(value);
    });
    return digest.digest();
  }

  private byte[] array() throws IOException {
    MessageDigest digest = begin('[');
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      digest.update(value());
    }
    return digest.digest();
  }

  /** A long one goes in by pieces. */
  private byte[] text() throws IOException {
    MessageDigest digest = begin('"');
    try (Writer writer = new OutputStreamWriter(new DigestOutputStream(OutputStream.nullOutputStream(), digest), StandardCharsets.UTF_8)) {
      parser.getText(writer);
    }
    return digest.digest();
  }

  private byte[] number() throws IOException {
    BigDecimal number = parser.getDecimalValue();
    return of('0', number.signum() == 0 ? "0" : number.stripTrailingZeros().toString());
  }

  private static byte[] of(char kind, String text) {
    MessageDigest digest = begin(kind);
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    return digest.digest();
  }

  private static MessageDigest begin(char kind) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update((byte) kind);
      return digest;
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
