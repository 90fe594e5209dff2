package dev.computeserver.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StorableTest {
  /** An object in an object and so on, so many of them. */
  static JsonObject nested(int levels) {
    JsonObject json = new JsonObject().put("level", levels);
    for (int i = levels - 1; i > 0; i--) {
      json = new JsonObject().put("level", i).put("in", json);
    }
    return json;
  }

  private static int levels(JsonObject json) {
    int levels = 1;
    for (JsonObject in = json.getJsonObject("in"); in != null; in = in.getJsonObject("in")) {
      levels++;
    }
    return levels;
  }

  @Test
  void whatIsFitStaysAsItIs() {
    JsonObject fit = nested(64).put("text", "fox \uD83E\uDD8A \u0001").put("numbers", JsonArray.of(1, 2.5, new BigInteger("9".repeat(30)), null, true));
    assertSame(fit, Storable.of(fit));
    assertNull(Storable.of(null));
  }

  @Test
  void whatIsTooDeepIsLeftOutAndAllElseStays() {
    JsonObject made = Storable.of(nested(5_000).put("seed", 7));
    assertEquals(64, levels(made));
    assertEquals(7, made.getInteger("seed"));
    JsonArray lists = new JsonArray();
    for (int i = 0; i < 5_000; i++) {
      lists = new JsonArray().add(i).add(lists);
    }
    assertTrue(Storable.of(new JsonObject().put("lists", lists)).encode().startsWith("{\"lists\":[4999,[4998,"));
    assertEquals(66, levels(Storable.document(nested(66))));
  }

  @Test
  void textsAndNamesLoseWhatNoDatabaseTakes() {
    JsonObject made = Storable.of(new JsonObject().put("a\u0000", "b\u0000c").put("half", "x\uD83Dy").put("other", "\uDD8A")
        .put("list", JsonArray.of("\u0000", Map.of("in", "\uD83D"))));
    assertEquals(new JsonObject().put("a\uFFFD", "b\uFFFDc").put("half", "x\uFFFDy").put("other", "\uFFFD")
        .put("list", JsonArray.of("\uFFFD", new JsonObject().put("in", "\uFFFD"))), made);
  }

  @Test
  void whatIsNoNumberOfJsonIsNull() {
    JsonObject made = Storable.of(new JsonObject().put("nan", Double.NaN).put("infinite", Float.POSITIVE_INFINITY)
        .put("huge", new BigDecimal("1e400000")).put("fine", 1e308).put("list", List.of(Double.NEGATIVE_INFINITY)));
    assertEquals("{\"nan\":null,\"infinite\":null,\"huge\":null,\"fine\":1.0E308,\"list\":[null]}", made.encode());
  }

  @Test
  void whatIsToldOftenIsSmall() {
    JsonObject made = Storable.small(new JsonObject().put("percent", 40).put("preview", new JsonArray(List.of("x".repeat(20_000))))
        .put("message", "m".repeat(1_000_000)).put("position", 3), 16_384);
    assertEquals(List.of("percent", "message", "position"), List.copyOf(made.fieldNames()));
    assertEquals(2_001, made.getString("message").length());
  }

  @Test
  void aTextIsCutBetweenCharacters() {
    assertEquals("fox", Storable.text("fox", 3));
    assertEquals("fo…", Storable.text("fox", 2));
    assertEquals("x…", Storable.text("x\uD83E\uDD8A", 2));
    assertNull(Storable.text(null, 2));
  }

  @Test
  void whatWasStoredDeepIsReadAsFarAsItCanBeTold() {
    assertEquals(nested(200), Storable.read(nested(200).encode()));
    JsonObject read = Storable.read("{\"in\":".repeat(989) + "{}" + "}".repeat(989));
    assertEquals(256, levels(read));
    assertTrue(new JsonArray().add(new JsonObject().put("view", read)).encode().length() > 1_000);
  }
}
