package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Google sends those who fetch a file on to another host, which must not see the key. */
class RedirectedFilesTest {
  private static final String KEY = "key-that-stays-with-its-provider";

  private final Vertx vertx = Vertx.vertx();
  private final FakeProvider google = new FakeProvider(vertx, this::answer);
  private String place = "";

  @AfterEach
  void stop() {
    google.close();
    TestStore.await(vertx.close());
  }

  private Behaviour answer(Seen seen) {
    return switch (seen.path()) {
      case "/v1beta/interactions" -> FakeProvider.reply(200, "{\"id\":\"v1\",\"status\":\"in_progress\"}");
      case "/v1beta/interactions/v1" -> FakeProvider.reply(200, "{\"id\":\"v1\",\"status\":\"completed\",\"steps\":[{\"type\":\"model_output\",\"content\":"
          + "[{\"type\":\"video\",\"mime_type\":\"video/mp4\",\"uri\":\"" + google.baseUrl() + "/v1beta/files/f1:download?alt=media\"}]}]}");
      case "/v1beta/files/f1" -> FakeProvider.reply(200, "{\"name\":\"files/f1\",\"state\":\"ACTIVE\"}");
      case "/v1beta/files/f1:download" -> FakeProvider.reply(302, "", "Location", place);
      case "/9", "/8", "/7", "/6", "/5", "/4", "/3", "/2", "/1" -> FakeProvider.reply(307, "", "Location",
          seen.path().equals("/1") ? "/film" : "/" + (seen.path().charAt(1) - '1'));
      case "/film" -> FakeProvider.reply(200, "video/mp4", Buffer.buffer("\0\0\0\u0018ftypisomfox".getBytes(StandardCharsets.ISO_8859_1)));
      default -> FakeProvider.reply(404, "{}");
    };
  }

  private JsonObject ended(String where) {
    place = where;
    Map<String, String> environment = Map.of("GEMINI_API_KEY", KEY, "COMPUTE_PROVIDERS_GOOGLE_BASE_URL", google.baseUrl(),
        "COMPUTE_PROVIDERS_GOOGLE_POLLING_FIRST_MS", "20", "COMPUTE_PROVIDERS_GOOGLE_POLLING_MIN_MS", "20");
    try (TestNode node = new TestNode(environment)) {
      return node.run(new JsonObject().put("capability", "video_generation").put("provider", "google")
          .put("input", new JsonObject().put("prompt", "a fox")).put("max_attempts", 1));
    }
  }

  @Test
  void areFetchedFromWhereTheyAreWithoutTheKey() {
    JsonObject task = ended(google.elsewhere() + "/film");
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals("video/mp4", task.getJsonArray("outputs").getJsonObject(0).getString("content_type"));
    List<Seen> elsewhere = google.seen().stream().filter(Seen::elsewhere).toList();
    assertEquals(1, elsewhere.size());
    assertFalse(elsewhere.get(0).headers().toString().contains(KEY));
    assertTrue(google.seen().stream().filter(seen -> !seen.elsewhere()).allMatch(seen -> KEY.equals(seen.headers().get("x-goog-api-key"))));
  }

  @Test
  void areFoundBehindTenRedirects() {
    JsonObject task = ended(google.elsewhere() + "/9");
    assertEquals("completed", task.getString("status"), task::encodePrettily);
  }

  @Test
  void areNotFetchedFromAPrivateAddress() {
    JsonObject task = ended("http://10.255.255.1:9/film");
    assertEquals("output_unavailable", task.getJsonObject("error").getString("code"), task::encodePrettily);
    assertTrue(task.getJsonObject("error").getString("message").contains("private"), task::encodePrettily);
  }
}
