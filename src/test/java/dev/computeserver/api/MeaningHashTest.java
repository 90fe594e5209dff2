package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MeaningHashTest {

  private static String hash(String body) {
    return MeaningHash.of("/v1/tasks", Buffer.buffer(body));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"{\"priority\":1}|{\"priority\":1.0}", "{\"a\":100}|{\"a\":1e2}", "{\"a\":0}|{\"a\":-0.0}",
      "{\"a\":1,\"b\":2}|` { \"b\" : 2 , \"a\" : 1 } `", "{\"a\":\"A/\"}|{\"a\":\"\\u0041\\/\"}", "{\"a\":[{\"b\":1,\"c\":[]}]}|{\"a\":[{\"c\":[],\"b\":1.00}]}"})
  void isTheSameHoweverTheRequestIsWritten(String one, String other) {
    assertEquals(hash(one), hash(other));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"{\"a\":1}|{\"a\":\"1\"}", "{\"a\":1}|{\"b\":1}", "{\"a\":[1,2]}|{\"a\":[2,1]}",
      "{\"a\":[[1],2]}|{\"a\":[[1,2]]}", "{\"a\":null}|{\"a\":false}", "{\"a\":true}|{\"a\":false}", "{\"a\":null}|{}", "{\"a\":\"x y\"}|{\"a\":\"xy\"}",
      "{\"a\":{}}|{\"a\":[]}", "{\"a\":1e400}|{\"a\":1e401}"})
  void isAnotherForAnotherMeaning(String one, String other) {
    assertNotEquals(hash(one), hash(other));
  }

  @Test
  void isAnotherForAnotherPath() {
    assertNotEquals(hash("{}"), MeaningHash.of("/v1/tasks/batch", Buffer.buffer("{}")));
  }

  @Test
  void takesALongFile() {
    assertNotEquals(hash("{\"a\":\"" + "A".repeat(24_000_000) + "\"}"), hash("{\"a\":\"" + "A".repeat(24_000_001) + "\"}"));
  }
}
