package dev.computeserver.provider;

import static dev.computeserver.support.FakeProvider.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Intents whose commit takes so long that their connections are not to be trusted any more: all begin again, each is sent once. */
@Timeout(120)
class SlowCommitTest {
  private static final int TASKS = 150;
  private static final String LONG_WAITING = "SELECT coalesce(max(now() - query_start) > interval '2500 ms', false) FROM pg_stat_activity"
      + " WHERE wait_event_type = 'Lock' AND datname = current_database()";

  private final Vertx vertx = Vertx.vertx();
  private final Signals<String> submits = new Signals<>();
  private final FakeProvider fal = new FakeProvider(vertx, this::script);

  private Behaviour script(Seen seen) {
    if (seen.elsewhere()) {
      return reply(200, "image/png", Buffer.buffer(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0}));
    }
    if (seen.method().equals("POST")) {
      String prompt = seen.body().toJsonObject().getString("prompt");
      submits.accept(prompt);
      String link = fal.baseUrl() + "/fal-ai/flux/requests/" + prompt;
      return reply(200, new JsonObject().put("request_id", prompt).put("status_url", link + "/status").put("response_url", link)
          .put("cancel_url", link + "/cancel").encode());
    }
    return reply(200, seen.path().endsWith("/status") ? "{\"status\":\"COMPLETED\"}"
        : new JsonObject().put("images", JsonArray.of(new JsonObject().put("url", fal.elsewhere() + "/fox.png"))).encode());
  }

  private static JsonObject task(int number) {
    return new JsonObject().put("capability", "image_generation").put("provider", "fal_standard")
        .put("input", new JsonObject().put("prompt", "fox-" + number));
  }

  @Test
  void beginAgainAndEachIsSentOnce() throws SQLException {
    try (TestNode node = new TestNode(Map.of("FAL_KEY", "k", "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", fal.baseUrl()))) {
      JsonArray tasks = new JsonArray(IntStream.range(0, TASKS).mapToObj(SlowCommitTest::task).toList());
      List<String> ids = node.post("/v1/tasks/batch", new JsonObject().put("tasks", tasks)).json().getJsonArray("tasks").stream()
          .map(each -> ((JsonObject) each).getString("id")).toList();
      submits.await(1);
      try (Connection holder = TestServers.connect(node.database)) {
        holder.setAutoCommit(false);
        holder.createStatement().execute("LOCK TABLE task IN ACCESS EXCLUSIVE MODE");
        boolean late = false;
        while (!late) {
          late = TestServers.ask(node.database, LONG_WAITING).equals("t");
        }
      }
      for (String id : ids) {
        JsonObject ended = node.ended(id);
        assertEquals("completed", ended.getString("status"), ended::encodePrettily);
        assertEquals(1, ended.getJsonArray("attempts").size(), ended::encodePrettily);
      }
    }
    Set<String> once = new HashSet<>(submits.all());
    assertEquals(TASKS, once.size());
    assertEquals(TASKS, submits.all().size());
    fal.close();
    TestStore.await(vertx.close());
  }
}
