package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListingTest {
  private static TestNode node;
  private static String done;
  private static String waiting;
  private static String text;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of());
    done = node.run(TestNode.picture(0, new JsonObject()).put("metadata", new JsonObject().put("n", 7).put("order", "a \"b\" ü&="))).getString("id");
    waiting = accepted(TestNode.picture(0, new JsonObject()).put("delay_seconds", 3_600)
        .put("metadata", new JsonObject().put("n", "7").put("flag", true).put("a.b", "dotted")
            .put("order_id", new BigInteger("12345678901234567890123")).put("price", 1.25e-3)));
    text = accepted(new JsonObject().put("capability", "text_generation").put("delay_seconds", 3_600)
        .put("input", new JsonObject().put("prompt", "x")));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static String accepted(JsonObject task) {
    return node.post("/v1/tasks", task).json().getString("id");
  }

  private static List<String> list(String query) {
    TestNode.Answer answer = node.get("/v1/tasks?" + query);
    assertEquals(200, answer.status(), () -> new String(answer.bytes(), StandardCharsets.UTF_8));
    return ids(answer.json());
  }

  private static List<String> ids(JsonObject page) {
    return page.getJsonArray("tasks").stream().map(task -> ((JsonObject) task).getString("id")).toList();
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  @Test
  void withoutFiltersAllAreListedNewestFirst() {
    assertEquals(List.of(text, waiting, done), list(""));
  }

  @Test
  void statusCapabilityAndProviderFilter() {
    assertEquals(List.of(done), list("status=completed"));
    assertEquals(List.of(text, waiting), list("status=queued"));
    assertEquals(List.of(text), list("capability=text_generation"));
    assertEquals(List.of(), list("provider=luma"));
    assertEquals(List.of(waiting), list("provider=fal_standard&capability=image_generation&status=queued"));
  }

  @Test
  void metadataFiltersByTextNumberAndTruthAndAllMustFit() {
    assertEquals(List.of(waiting, done), list("metadata.n=7"));
    assertEquals(List.of(waiting), list("metadata.flag=true"));
    assertEquals(List.of(waiting), list("metadata.a.b=dotted"));
    assertEquals(List.of(done), list("metadata.order=" + encoded("a \"b\" ü&=")));
    assertEquals(List.of(waiting), list("metadata.n=7&metadata.flag=true"));
    assertEquals(List.of(), list("metadata.n=8"));
    assertEquals(List.of(waiting), list("metadata.order_id=12345678901234567890123"));
    assertEquals(List.of(), list("metadata.order_id=12345678901234567890124"));
    assertEquals(List.of(waiting), list("metadata.price=0.00125"));
    assertEquals(List.of(waiting), list("metadata.price=1.25e-3"));
  }

  @Test
  void aFilterThatIsGivenTwiceIsRefused() {
    for (String query : List.of("status=queued&status=completed", "metadata.n=7&metadata.n=8")) {
      TestNode.Answer answer = node.get("/v1/tasks?" + query);
      assertEquals(422, answer.status());
      assertTrue(answer.json().getString("detail").contains(query.substring(0, query.indexOf('='))), answer.json()::encode);
    }
  }

  @Test
  void timesFilterByWhenATaskWasMade() {
    String made = node.get("/v1/tasks/" + waiting).json().getString("created_at");
    assertTrue(list("created_before=" + made).contains(done));
    assertTrue(!list("created_before=" + made).contains(waiting));
    assertTrue(!list("created_after=" + made).contains(waiting));
    assertEquals(List.of(), list("created_after=2999-01-01T00:00:00Z"));
  }

  @Test
  void thePagesOfAListThatGrowsNeitherRepeatNorLeaveOut() {
    List<String> before = list("");
    List<String> seen = new ArrayList<>();
    JsonObject page = node.get("/v1/tasks?limit=1").json();
    List<String> grown = new ArrayList<>();
    while (true) {
      seen.addAll(ids(page));
      if (page.getString("next_cursor") == null) {
        break;
      }
      grown.add(accepted(TestNode.picture(0, new JsonObject()).put("delay_seconds", 3_600)));
      page = node.get("/v1/tasks?limit=1&cursor=" + page.getString("next_cursor")).json();
    }
    assertEquals(before, seen);
    grown.forEach(id -> node.post("/v1/tasks/" + id + "/cancel", ""));
    assertEquals(grown.size() + 3, list("limit=500").size());
    clear(grown);
  }

  @Test
  void aPageOfBigInputsEndsEarlyAndTheCursorGoesOn() {
    List<String> before = list("");
    List<String> big = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      big.add(0, accepted(new JsonObject().put("capability", "image_editing").put("delay_seconds", 3_600).put("input",
          new JsonObject().put("prompt", "x").put("image_url", "data:image/png;base64,iVBORw0KGgoA" + "A".repeat(5_000_000)))));
    }
    List<List<String>> pages = new ArrayList<>();
    String cursor = "";
    do {
      JsonObject page = node.get("/v1/tasks?limit=500" + cursor).json();
      pages.add(ids(page));
      cursor = page.getString("next_cursor") == null ? null : "&cursor=" + page.getString("next_cursor");
    } while (cursor != null);
    clear(big);
    List<String> rest = new ArrayList<>(List.of(big.get(2)));
    rest.addAll(before);
    assertEquals(List.of(big.subList(0, 1), big.subList(1, 2), rest), pages);
  }

  /** Tests share the list. */
  private static void clear(List<String> ids) {
    for (String id : ids) {
      TestServers.execute(node.database, "DELETE FROM task WHERE id = '" + id + "'");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"limit=-1", "limit=501", "limit=1e9", "limit=99999999999", "provider=acme", "capability=x", "created_before=2026-13-01T00:00:00Z",
      "created_after=%2B999999999-12-31T23:59:59Z", "created_after=-999999999-01-01T00:00:00Z", "cursor=AAAA", "metadata=x", "status=%00", "LIMIT=1", "metadata.a=%00",
      "metadata.a=b%00c", "metadata.a=%ED%A0%BD", "metadata.a=%ED%A0%BD&metadata.b=%EF%BF%BD", "metadata.a=%FF", "metadata.a=%C0%80"})
  void aParameterThatMakesNoSenseIsRefusedByName(String query) {
    TestNode.Answer answer = node.get("/v1/tasks?" + query);
    assertEquals(422, answer.status(), () -> new String(answer.bytes(), StandardCharsets.UTF_8));
    assertEquals("application/problem+json", answer.header("Content-Type"));
    JsonArray errors = answer.json().getJsonArray("errors");
    assertEquals(query.substring(0, query.indexOf('=')), errors.getJsonObject(0).getString("parameter"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"metadata.a%00b=1", "metadata.a=%00", "metadata.=1", "metadata.a=", "metadata.n=7&metadata.n=8", "metadata.a=%27%3B--", "metadata.a=%FF",
      "metadata.a=%ED%A0%80", "cursor=AAAAAAAAAAAAAAAAAAAAAA", "created_after=0000-01-01T00:00:00Z", "created_before=9999-12-31T23:59:59Z", "status="})
  void oddParametersAreNeverTheServersMistake(String query) {
    TestNode.Answer answer = node.get("/v1/tasks?" + query);
    assertTrue(answer.status() == 200 || answer.status() == 422, () -> answer.status() + " " + new String(answer.bytes(), StandardCharsets.UTF_8));
  }

  @Test
  void aNameThatNoMetadataHasIsRefused() {
    for (String name : List.of("metadata.a%00b", "metadata.%ED%B8%80", "metadata.a%FFb")) {
      TestNode.Answer answer = node.get("/v1/tasks?" + name + "=1");
      assertEquals(422, answer.status(), name);
      assertTrue(answer.json().getJsonArray("errors").getJsonObject(0).getString("parameter").startsWith("metadata."));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/tasks", "/v1/tasks/ID", "/v1/tasks/ID/events", "/v1/tasks/ID/webhooks", "/v1/providers", "/v1/capabilities", "/v1/queues"})
  void anUnknownParameterIsRefusedWhereverAnythingIsAskedFor(String path) {
    TestNode.Answer answer = node.get(path.replace("ID", done) + "?nope=1");
    assertEquals(422, answer.status(), path);
    assertEquals("nope", answer.json().getJsonArray("errors").getJsonObject(0).getString("parameter"));
    assertEquals(200, node.get(path.replace("ID", done)).status());
  }

  @ParameterizedTest
  @ValueSource(strings = {"wait_seconds=x", "wait_seconds=-1", "wait_seconds=100000"})
  void aWaitThatMakesNoSenseIsRefused(String query) {
    assertEquals(422, node.get("/v1/tasks/" + done + "?" + query).status());
  }
}
