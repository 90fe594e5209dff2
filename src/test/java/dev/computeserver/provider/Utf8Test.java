package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Replies are read in the letters that they come in. */
class Utf8Test {
  private static final String TOLD = "{\"text\":\"Größe é\"}";

  private static String read(byte[] body, String contentType) {
    MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    return new Reply(200, contentType == null ? headers : headers.add("Content-Type", contentType), Buffer.buffer(body)).json().getString("text");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"ISO-8859-1|application/json; charset=iso-8859-1", "windows-1252|text/plain;charset=\"Windows-1252\"",
      "UTF-16LE|application/json; charset=utf-16", "UTF-16BE|application/json; charset=UTF-16", "UTF-16LE|application/json;CHARSET=utf-16le",
      "UTF-16|application/json", "UTF-16|application/json; charset=utf-8", "x-UTF-16LE-BOM|", "x-UTF-16LE-BOM|application/json; charset=utf-16be",
      "X-UTF-32LE-BOM|application/json", "UTF-32BE|application/problem+json; charset=utf-32", "UTF-8|application/json; charset=iso-8859-1",
      "UTF-8|application/json; charset=no-such", "UTF-8|"})
  void inItsOwnCharset(String charset, String contentType) {
    assertEquals("Größe é", read(TOLD.getBytes(Charset.forName(charset)), contentType));
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/json", "application/json; charset=us-ascii", "application/json; charset=utf-16"})
  void whatIsNothingInItsCharsetIsReadAsBefore(String contentType) {
    assertEquals("Gr\ufffd\ufffde \ufffd", read(TOLD.getBytes(StandardCharsets.ISO_8859_1), contentType));
  }

  @Test
  void aFileStaysAsItIs() {
    Buffer sound = Buffer.buffer(new byte[] {(byte) 0xff, (byte) 0xfe, 0x12, (byte) 0x80, 0, 1});
    assertSame(sound, Utf8.of(sound, "audio/pcm; charset=iso-8859-1"));
    assertSame(sound, Utf8.of(sound, "application/octet-stream"));
    Buffer plain = Buffer.buffer("{}");
    assertSame(plain, Utf8.of(plain, "application/json; charset=utf-8"));
    assertSame(plain, Utf8.of(plain, null));
  }

  @Test
  void theWordsOfAnErrorToo() {
    Buffer body = Buffer.buffer("{\"error\":\"Größe\"}".getBytes(StandardCharsets.UTF_16));
    Reply reply = new Reply(400, MultiMap.caseInsensitiveMultiMap(), body);
    assertEquals("{\"error\":\"Größe\"}", reply.text(300));
  }
}
