package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.computeserver.routing.RouterVerticle;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** PostgreSQL's disk is full while tasks run: it can be read and not written. */
class FullDiskTest {
  private static final long LONGEST_MILLIS = 20_000;

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private TestNode node;

  @BeforeEach
  void start() {
    log.start();
    ((Logger) LoggerFactory.getLogger(RouterVerticle.class)).addAppender(log);
    node = new TestNode(Map.of());
  }

  @AfterEach
  void stop() {
    ((Logger) LoggerFactory.getLogger(RouterVerticle.class)).detachAppender(log);
    node.close();
  }

  private void fill() {
    TestServers.execute(node.database, "CREATE SEQUENCE refused; CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        + " PERFORM nextval('refused'); RAISE 'could not extend file \"base/1/2\": No space left on device' USING ERRCODE = '53100'; END $$;"
        + " CREATE TRIGGER full_disk BEFORE INSERT ON task_event FOR EACH ROW EXECUTE FUNCTION full_disk();"
        + " CREATE TRIGGER full_disk BEFORE INSERT ON task_body FOR EACH ROW EXECUTE FUNCTION full_disk()");
  }

  private void free() {
    TestServers.execute(node.database, "DROP TRIGGER full_disk ON task_event; DROP TRIGGER full_disk ON task_body");
  }

  private TestNode.Answer post(long millis, String key) {
    return node.post("/v1/tasks", TestNode.picture(millis, new JsonObject()), "Idempotency-Key", key);
  }

  private static long since(Instant moment) {
    return Duration.between(moment, Instant.now()).toMillis();
  }

  private static void assertFull(TestNode.Answer answer) {
    assertEquals(503, answer.status());
    assertEquals("2", answer.header("Retry-After"));
    assertEquals("application/problem+json", answer.header("Content-Type"));
    assertEquals("the task store's disk is full; make room on it, then send the request again", answer.json().getString("detail"));
  }

  @Test
  void requestsAreToldSoAndNothingIsLostOrRunTwice() {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      ids.add(post(100 + i * 50L, "before-" + i).json().getString("id"));
    }
    fill();
    // Longer than all of the tasks take: they end at the provider while their end cannot be written down.
    Instant began = Instant.now();
    int asked = 0;
    int refused = 0;
    while (since(began) < LONGEST_MILLIS && (since(began) < 2_500 || asked <= 10 || refused <= asked)) {
      assertFull(post(10, "during"));
      assertEquals(200, node.get("/v1/tasks/" + ids.get(0)).status());
      asked++;
      refused = Integer.parseInt(TestServers.ask(node.database, "SELECT last_value FROM refused"));
    }
    long seconds = since(began) / 1_000;
    assertTrue(refused > asked, refused + " writes were refused, " + asked + " of them by requests: no task has met the full disk");
    assertTrue(asked > 10 && log.list.size() <= seconds + 2, log.list.size() + " log lines for " + asked + " requests in " + seconds + " s");
    free();
    TestNode.Answer again = post(10, "during");
    assertEquals(202, again.status());
    ids.add(again.json().getString("id"));
    for (String id : ids) {
      JsonObject task = node.ended(id);
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertEquals(1, task.getJsonArray("attempts").size(), task::encodePrettily);
      JsonArray events = node.events(id);
      for (int i = 0; i < events.size(); i++) {
        assertEquals(i + 1, events.getJsonObject(i).getInteger("seq"), events::encodePrettily);
      }
    }
    assertEquals("21", TestServers.ask(node.database, "SELECT count(*) FROM task"));
  }
}
