package dev.computeserver.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.Recording.Stage;
import dev.computeserver.provider.Exchange;
import dev.computeserver.provider.InputFile;
import dev.computeserver.provider.Multipart;
import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Seen;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a recording can look into, and what it is told where it looks in vain. */
class SentTest {
  private static final JsonObject CONFIG = JsonObject.of("size", JsonObject.of("factor", 2), "tags", JsonArray.of("a", "b"), "absent", null,
      Sent.ODD_OPTION, "odd-value");

  private static Sent of(Exchange exchange) {
    return Sent.of(new Seen(false, "POST", exchange.target(), Map.of("content-type", exchange.contentType()), exchange.body()));
  }

  private static Sent form() {
    return of(Exchange.multipart("/v1/jobs?hook=https%3A%2F%2Fa.example%2Fb", new Multipart().text("reference", "r-1").text("tag", "a")
        .text("tag", "b").json("config", CONFIG).file("picture", new InputFile(Buffer.buffer(new byte[] {(byte) 0x89, 0}), "image/png")), reply -> null));
  }

  private static Sent json() {
    return of(Exchange.post("/v1/jobs", JsonObject.of("config", CONFIG, "reference", "r-1"), reply -> null));
  }

  private static String fault(Sent sent, String place) {
    return assertThrows(AssertionError.class, () -> sent.at(place)).getMessage();
  }

  @Test
  void aPlaceIsInTheBodyAPartTheJsonOfAPartOrTheQuery() {
    assertEquals("r-1", form().at("reference"));
    assertEquals("2", form().at("config:/size/factor"));
    assertEquals(List.of(), form().all("config:/absent"));
    assertEquals("https://a.example/b", form().at("?hook"));
    assertEquals("r-1", json().at("/reference"));
    assertEquals("{\"factor\":2}", json().at("/config/size"));
    assertEquals("b", json().at("/config/tags/1"));
    assertEquals(List.of("picture.png"), form().fileNames("picture"));
  }

  @Test
  void ofPartsWithOneNameAnyMayHoldTheValue() {
    assertTrue(form().holds("tag", "a") && form().holds("tag", "b"));
    assertFalse(form().holds("tag", "c"));
  }

  @Test
  void anObjectIsComparedWithoutTheSuitesOwnOptionAndInAnyOrder() {
    for (Sent sent : List.of(form(), json())) {
      String place = sent.all("config").isEmpty() ? "/config" : "config";
      assertTrue(sent.holds(place, "{\"tags\":[\"a\",\"b\"],\"absent\":null,\"size\":{\"factor\":2}}"));
      assertFalse(sent.holds(place, "{\"tags\":[\"b\",\"a\"],\"absent\":null,\"size\":{\"factor\":2}}"));
      assertFalse(sent.holds(place, "{\"tags\":[\"a\",\"b\"],\"absent\":null}"));
    }
  }

  @Test
  void whoLooksInVainIsToldWhatTheRequestIsAndWhatToWrite() {
    String asIn = ": write the part's name, as in ";
    String form = "since POST /v1/jobs has a form with the parts reference, tag, config, picture";
    assertEquals("nothing stands at /reference, " + form + asIn + "reference", fault(form(), "/reference"));
    assertEquals("nothing stands at /config/size/factor, " + form + asIn + "config:/size/factor", fault(form(), "/config/size/factor"));
    assertEquals("nothing stands at /x, " + form + asIn + "PART, or PART:/a/b for a value in a part of JSON", fault(form(), "/x"));
    assertEquals("nothing stands at reference:/x, " + form + "; part reference has no JSON object", fault(form(), "reference:/x"));
    assertEquals("nothing stands at config:/x, " + form + "; part config has JSON with the fields size, tags, absent, odd_option", fault(form(), "config:/x"));
    assertEquals("nothing stands at ?x, " + form + "; its query names hook", fault(form(), "?x"));
    assertEquals("nothing stands at x, " + form, fault(form(), "x"));
    String json = "since POST /v1/jobs has JSON with the fields config, reference";
    assertEquals("nothing stands at config:/size, " + json + ": write a JSON pointer, as in /config/size", fault(json(), "config:/size"));
    assertEquals("nothing stands at /x, " + json, fault(json(), "/x"));
  }

  @Test
  void theRecordingAndTheStageAreToldToo() {
    Script script = new Script(Recording.of(ProviderType.LUMA, "LUMAAI_API_KEY", "Authorization", "Bearer ").task("image_generation", "{}")
        .on(Stage.SUBMIT, "POST /v1/jobs", Recording.json("{}"))
        .finds("GET /v1/jobs", Recording.json("{\"reference\":\"${request:/reference}\"}"), Recording.json("{}")));
    script.add(Day.of("lost").at(Stage.SUBMIT, 1, FakeProvider.cut()).taken());
    Exchange submit = Exchange.multipart("/v1/jobs", new Multipart().text("reference", "day-lost"), reply -> null);
    script.apply(new Seen(false, "POST", submit.target(), Map.of("content-type", submit.contentType()), submit.body()));
    assertEquals(Set.of(), script.misplaced());
    script.apply(new Seen(false, "GET", "/v1/jobs", Map.of(), Buffer.buffer()));
    String told = "the recording of luma image_generation, at FIND: nothing stands at /reference, since POST /v1/jobs has a form with the parts reference: "
        + "write the part's name, as in reference";
    assertEquals(Set.of(told), script.misplaced());
    assertEquals(told + "\nwrong", script.explained(new AssertionError("wrong")).getMessage());
  }

  @Test
  void theWholeBodyIsThatOfJsonOnly() {
    assertEquals("r-1", new JsonObject(json().json()).getString("reference"));
    assertTrue(assertThrows(AssertionError.class, () -> form().json()).getMessage().endsWith(": write ${request:PLACE} for a value in it"));
  }
}
