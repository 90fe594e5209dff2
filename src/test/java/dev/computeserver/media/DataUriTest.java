package dev.computeserver.media;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataUriTest {

  @ParameterizedTest
  @CsvSource(delimiter = '\t', ignoreLeadingAndTrailingWhitespace = false, value = {
      "data:image/png;base64,YWJj\timage/png", "DATA:image/png;BASE64,YWJj\timage/png", "data:image/png; base64,YWJj\timage/png", " data:;base64,YWJj \t''",
      "data:text/plain;charset=utf-8;base64,YWJj\ttext/plain;charset=utf-8", "data:image/png;base64,YWJ%6a\timage/png", "data:image/png;base64,YW Jj#x\timage/png",
      "data:text/plain,a%62c\ttext/plain", "data:,abc#d\t''"})
  void isReadAsBrowsersDo(String written, String type) {
    DataUri uri = DataUri.of(written);
    assertEquals(type.replace("''", ""), uri.type());
    assertEquals("abc", new String(uri.bytes(), StandardCharsets.UTF_8));
    assertEquals("abc", new String(uri.head(100), StandardCharsets.UTF_8));
    assertTrue(uri.mostBytes() >= 3);
    assertEquals("data:image/gif;base64,YWJj", uri.as("image/gif"));
  }

  @Test
  void theDataBeginsAtTheFirstCommaAlsoWithinQuotes() {
    DataUri uri = DataUri.of("data:image/png;name=\"a,b\";base64,YWJj");
    assertEquals("b\";base64,YWJj", new String(uri.bytes(), StandardCharsets.UTF_8));
    assertTrue(uri.isCutInQuotes());
    assertFalse(DataUri.of("data:image/png;name=\"a%2Cb\";base64,YWJj").isCutInQuotes());
  }

  @Test
  void missingPaddingIsFine() {
    assertEquals("ab", new String(DataUri.of("data:;base64,YWI").bytes(), StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"data:image/png;base64", "data:", "http://a,b", ""})
  void withoutACommaItIsNone(String text) {
    assertThrows(DataUri.Malformed.class, () -> DataUri.of(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"data:;base64,Y", "data:;base64,YWJj*", "data:;base64,ü", "data:;base64,YW=j"})
  void whatIsNoBase64IsSaidToBeNone(String text) {
    assertThrows(DataUri.Malformed.class, () -> DataUri.of(text).bytes());
  }

  @Test
  void theHeadIsReadWithoutTheRest() {
    byte[] bytes = new byte[100_000];
    Arrays.fill(bytes, (byte) 7);
    String broken = "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes) + "****";
    byte[] head = DataUri.of(broken).head(4096);
    assertTrue(head.length >= 4096 && head.length < 5_000);
    assertArrayEquals(Arrays.copyOf(bytes, head.length), head);
    assertArrayEquals(Arrays.copyOf(bytes, 2_000), Arrays.copyOf(DataUri.of(broken.replace("BwcH", "Bwc%48").replace("****", "")).head(4096), 2_000));
  }

  @Test
  void whatIsPlainAlreadyIsNotCopied() {
    String plain = "data:image/png;base64,YWJj";
    assertSame(plain, DataUri.of(plain).as("image/png"));
    assertTrue(DataUri.is("Data:a") && DataUri.is("  data:"));
    assertFalse(DataUri.is("dat:a") || DataUri.is("https://a") || DataUri.is(""));
  }
}
