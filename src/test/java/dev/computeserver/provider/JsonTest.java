package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

  @Test
  void whatNobodyNeedsDecidesNothing() {
    JsonObject json = Json.object(Buffer.buffer("{\"nan\": NaN, \"inf\": -Infinity, \"n\": 12.5, \"t\": \"7\", \"big\": 123456789012345678901234567890}"));
    assertNull(json.getValue("nan"));
    assertNull(json.getValue("inf"));
    assertEquals(12.5, Json.number(json, "n"));
    assertEquals(7, Json.whole(json, "t"));
    assertNull(Json.whole(json, "n"));
    assertEquals("123456789012345678901234567890", json.getValue("big").toString());
    assertNull(Json.text(json, "n"));
    assertTrue(Json.object(json, "t").isEmpty());
    assertTrue(Json.objects(json, "t").isEmpty());
    assertEquals(1, Json.objects(new JsonObject().put("a", new JsonArray().addNull().add("x").add(new JsonObject())), "a").size());
    assertThrows(MissingField.class, () -> Json.required(json, "n"));
  }

  @Test
  void oddSignsWhereNobodyReadsCostNothing() {
    Buffer latin = Buffer.buffer("{\"id\": \"x\", \"log\": \"caf").appendByte((byte) 0xe9).appendString("\"}");
    assertEquals("x", Json.object(latin).getString("id"));
    JsonObject json = Json.object(Buffer.buffer("{\"" + "n".repeat(60_000) + "\": 1, \"created\": " + "1".repeat(2_000) + ", \"plus\": +1, \"id\": \"x\"}"));
    assertEquals("x", json.getString("id"));
    assertNull(json.getValue("created"));
    assertEquals(1, json.getInteger("plus"));
  }

  @Test
  void whatLiesTooDeepIsLeftOut() {
    int levels = 100_000;
    JsonObject json = Json.object(Buffer.buffer("{\"id\": \"x\", \"metrics\": " + "[".repeat(levels) + "]".repeat(levels) + ", \"after\": 1}"));
    assertEquals("x", json.getString("id"));
    assertEquals(1, json.getInteger("after"));
    assertEquals("[".repeat(Json.MOST_LEVELS - 1) + "null" + "]".repeat(Json.MOST_LEVELS - 1), json.getValue("metrics").toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"%s{\"x\":2}", "%s\n\n{\"x\":2}\n", "%s\u0000\u0000", "\u0000\u0000%s", "\ufeff%s\ufeff", "\ufeff\ufeff %s", "%s}", "%s]]", "%s<!-- cached -->",
      "%s{\"x\":", "[%s]", "\ufeff[null, %s]\u0000", " \n%s"})
  void theFirstDocumentIsReadAndWhatStandsAroundItIsNot(String around) {
    assertEquals(new JsonObject().put("a", new JsonArray().add(1)), Json.object(Buffer.buffer(around.formatted("{\"a\":[1]}"))));
  }

  @Test
  void whatFollowsCostsNoTime() {
    Buffer body = Buffer.buffer("\u0000".repeat(3_000_000) + "\ufeff{\"a\":\"caf").appendByte((byte) 0xe9).appendString("\"}").appendString("[".repeat(3_000_000));
    assertTimeout(Duration.ofSeconds(30), () -> assertEquals("caf\ufffd", Json.object(body).getString("a")));
  }

  @Test
  void whatStandsInAListsPlaceIsTheOneInIt() {
    JsonObject json = new JsonObject("{\"one\":{\"a\":1},\"text\":\"x\",\"none\":null,\"list\":[1,null]}");
    assertEquals(1, Json.objects(json, "one").size());
    assertEquals(JsonArray.of("x"), Json.entries(json, "text"));
    assertEquals(0, Json.entries(json, "none").size());
    assertEquals(2, Json.entries(json, "list").size());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"{\"w\":\"hi\"}|hi", "{\"w\":[\"h\",\"i\",null,1]}|hi1", "{\"w\":{\"text\":\"hi\"}}|hi",
      "{\"w\":[{\"type\":\"text\",\"text\":\"hi\"}]}|hi", "{\"w\":{\"output\":{\"content\":[\"h\",\"i\"]}}}|hi", "{\"w\":{\"answer\":42}}|", "{\"w\":[1,2]}|", "{\"w\":7}|",
      "{\"w\":{}}|", "{\"w\":\"\"}|``"})
  void wordsAreFoundHoweverTheyAreWrapped(String json, String words) {
    assertEquals(words, Json.words(new JsonObject(json).getValue("w")));
  }

  @Test
  void whatIsNoObjectIsTold() {
    for (String body : new String[] {"", "[]", "null", "{", "{\"a\":", "{\"a\":1", "[{\"a\":1}", "[{},{}]", "7{\"a\":1}", "<html>", "{\"a\":[1}"}) {
      assertThrows(DecodeException.class, () -> Json.object(Buffer.buffer(body)), body);
    }
  }
}
