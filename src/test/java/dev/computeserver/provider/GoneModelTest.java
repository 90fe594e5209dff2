package dev.computeserver.provider;

import static dev.computeserver.provider.TwoProviders.FAL;
import static dev.computeserver.provider.TwoProviders.REPLICATE;
import static dev.computeserver.provider.TwoProviders.task;
import static dev.computeserver.support.FakeProvider.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestNode;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A model that a provider does not have is a mistake of whoever chose it. */
@Timeout(120)
class GoneModelTest {
  private static JsonObject run(int status, String detail, JsonObject task) {
    try (TwoProviders providers = new TwoProviders(submit -> submit.provider().equals(FAL) ? reply(status, new JsonObject().put("detail", detail).encode()) : null);
        TestNode node = providers.node()) {
      return node.run(task);
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"404|The model is no longer available", "404|Application not found", "404|Not Found", "410|Gone", "400|Model flux/dev does not exist"})
  void goesOnElsewhereWhereItIsOurs(int status, String detail) {
    JsonObject done = run(status, detail, task("fox", FAL, REPLICATE));
    assertEquals("completed", done.getString("status"), done::encodePrettily);
    assertEquals(REPLICATE, done.getString("provider"));
    JsonObject first = done.getJsonArray("attempts").getJsonObject(0);
    assertEquals("no", first.getString("charged"));
    assertTrue(first.encode().contains("correct the models of fal_standard"), first::encode);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"404|The voice was not found", "400|Field required"})
  void isTheClientsWhereTheInputIsAtFault(int status, String detail) {
    JsonObject failed = run(status, detail, task("fox", FAL, REPLICATE));
    assertEquals("invalid_input", failed.getJsonObject("error").getString("code"), failed::encodePrettily);
  }

  @Test
  void isTheClientsWhereTheClientHasChosenIt() {
    JsonObject failed = run(404, "The model is no longer available", task("fox", FAL, REPLICATE).put("model", "fal-ai/gone"));
    assertEquals("invalid_input", failed.getJsonObject("error").getString("code"), failed::encodePrettily);
  }
}
