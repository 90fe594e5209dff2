package dev.computeserver.provider;

import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.computeserver.support.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** All providers' good days on one node, answered with what their documents say that they answer; all run side by side. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RecordedRepliesTest {
  private static final List<Recorded> ALL = Stream.of(RecordedJobs.all(), RecordedAnswers.all(), RecordedFiles.all()).flatMap(List::stream).toList();
  private final WireMockServer providers = new WireMockServer(options().dynamicPort().globalTemplating(true));
  private final Map<Recorded, String> tasks = new HashMap<>();
  private TestNode node;

  static List<Recorded> all() {
    return ALL;
  }

  @BeforeAll
  void acceptAll() {
    providers.start();
    ALL.forEach(each -> each.stub(providers));
    Map<String, String> environment = RecordedProvider.environment("http://127.0.0.1:" + providers.port());
    environment.put("COMPUTE_PUBLIC_URL", Recorded.CALLBACKS);
    node = new TestNode(environment);
    JsonArray batch = new JsonArray(ALL.stream().map(each -> each.task.put("max_attempts", 1)).toList());
    TestNode.Answer accepted = node.post("/v1/tasks/batch", new JsonObject().put("tasks", batch));
    assertEquals(202, accepted.status(), () -> accepted.json().encodePrettily());
    for (int i = 0; i < ALL.size(); i++) {
      tasks.put(ALL.get(i), accepted.json().getJsonArray("tasks").getJsonObject(i).getString("id"));
    }
  }

  @AfterAll
  void stop() {
    node.close();
    providers.stop();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("all")
  @Order(1)
  void completesAndHasAskedAsTheProviderWantsIt(Recorded recorded) {
    JsonObject task = node.ended(tasks.get(recorded));
    assertEquals("completed", task.getString("status"), () -> task.put("input", "…").encodePrettily());
    assertNull(task.getJsonObject("error"), task::encodePrettily);
    JsonArray attempts = task.getJsonArray("attempts");
    assertEquals(1, attempts.size());
    assertEquals("yes", attempts.getJsonObject(0).getString("charged"), task::encodePrettily);
    if (recorded.externalId != null) {
      assertEquals(recorded.externalId, task.getString("external_id"));
    }
    recorded.verify(providers);
    checkOutputs(recorded, task.getJsonArray("outputs"));
    recorded.result.forEach(field -> assertEquals(field.getValue(), task.getJsonObject("result").getValue(field.getKey()), field.getKey()));
  }

  private void checkOutputs(Recorded recorded, JsonArray outputs) {
    assertEquals(recorded.outputs.stream().map(Recorded.File::contentType).toList(),
        outputs.stream().map(each -> ((JsonObject) each).getString("content_type")).toList());
    for (int i = 0; i < outputs.size(); i++) {
      assertArrayEquals(recorded.outputs.get(i).content(), node.get(outputs.getJsonObject(i).getString("url")).bytes());
    }
  }

  @Test
  @Order(2)
  void nothingIsAskedThatTheDocumentsDoNotKnow() {
    tasks.values().forEach(node::ended);
    assertEquals(List.of(), providers.findAllUnmatchedRequests().stream().map(LoggedRequest::getUrl).toList());
  }

  @Test
  @Order(2)
  void everyProviderIsRecorded() {
    Set<RecordedProvider> recorded = ALL.stream().map(each -> each.provider).collect(Collectors.toSet());
    assertEquals(Set.copyOf(RecordedProvider.all()), recorded);
  }
}
