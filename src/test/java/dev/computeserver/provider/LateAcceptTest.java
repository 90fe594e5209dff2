package dev.computeserver.provider;

import static dev.computeserver.provider.TwoProviders.FAL;
import static dev.computeserver.provider.TwoProviders.task;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.support.Signals;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The provider takes a job just as its task's time is over: the job is not left to run for nobody. */
@Timeout(90)
class LateAcceptTest {
  /** Writes of the task wait for a lock that the test holds. */
  private static final String WRITE_WAITS = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
      + " AND query LIKE '%change_tasks%' AND datname = current_database()";

  private final Signals<HttpServerRequest> held = new Signals<>();

  @Test
  void aJobThatIsTakenWhileTheDeadlineIsBeingWrittenIsCancelled() throws SQLException {
    try (TwoProviders providers = new TwoProviders(submit -> held::accept); TestNode node = providers.node()) {
      String id = node.post("/v1/tasks", task("fox", FAL).put("timeout_seconds", 5)).json().getString("id");
      HttpServerRequest submit = held.await(1).get(0);
      try (Connection holder = TestServers.connect(node.database)) {
        holder.setAutoCommit(false);
        holder.createStatement().executeQuery("SELECT 1 FROM task WHERE id = '" + id + "' FOR UPDATE").close();
        while (!TestServers.ask(node.database, WRITE_WAITS).equals("t")) {
          Thread.onSpinWait();
        }
        providers.taken(new TwoProviders.Submit(FAL, "fox", 0)).answer(submit);
        assertEquals("/fal-ai/flux/requests/fox/cancel", providers.cancels.await(1).get(0));
      }
      JsonObject task = node.ended(id);
      assertEquals("deadline_exceeded", task.getJsonObject("error").getString("code"), task::encodePrettily);
      assertEquals(1, providers.submits.all().size());
    }
  }
}
