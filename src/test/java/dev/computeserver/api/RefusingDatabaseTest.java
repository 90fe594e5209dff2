package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** PostgreSQL answers, but serves nobody: it refuses the password, is full, takes no writes, or has no such database. */
class RefusingDatabaseTest {
  private static final Logger OURS = (Logger) LoggerFactory.getLogger("dev.computeserver");
  private static final Duration OUTAGE = Duration.ofSeconds(3);

  private final ListAppender<ILoggingEvent> written = new ListAppender<>();
  /** As the administrator sees it, who is refused nothing. */
  private final String superuser = TestServers.freshDatabase();
  private final String name = URI.create(superuser).getPath().substring(1);
  private final String maintenance = superuser.replace("/" + name, "/postgres");
  private final TestNode node = node();

  private TestNode node() {
    TestServers.execute(superuser, "CREATE ROLE " + name + " LOGIN PASSWORD 'right'");
    TestServers.execute(superuser, "ALTER DATABASE " + name + " OWNER TO " + name);
    String uri = superuser.replace(URI.create(superuser).getRawUserInfo(), name + ":right");
    TestNode started = new TestNode(Vertx.vertx(), Map.of(), uri);
    written.start();
    OURS.addAppender(written);
    return started;
  }

  @AfterEach
  void close() {
    OURS.detachAppender(written);
    node.close();
    TestServers.drop(superuser);
    TestServers.execute(maintenance, "DROP ROLE " + name);
  }

  private void administrator(String statement) {
    TestServers.execute(maintenance, statement.replace("OURS", name));
    TestServers.ask(maintenance, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '" + name + "'");
  }

  private static void unavailable(TestNode.Answer answer) {
    assertEquals(503, answer.status(), () -> answer.json().encode());
    assertEquals("application/problem+json", answer.header("Content-Type"));
    assertEquals("2", answer.header("Retry-After"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "refuses the user or the password | ALTER ROLE OURS PASSWORD 'other'            | ALTER ROLE OURS PASSWORD 'right'",
      "has no connection left           | ALTER ROLE OURS CONNECTION LIMIT 0          | ALTER ROLE OURS CONNECTION LIMIT -1",
      "takes no connection              | ALTER DATABASE OURS ALLOW_CONNECTIONS false | ALTER DATABASE OURS ALLOW_CONNECTIONS true",
      "refuses the user or the password | ALTER ROLE OURS NOLOGIN                     | ALTER ROLE OURS LOGIN"})
  void aDatabaseThatTakesNoConnectionIsOutAndSaysWhy(String reason, String refuse, String allow) {
    String running = node.post("/v1/tasks", TestNode.picture(1_500, new JsonObject())).json().getString("id");
    administrator(refuse);
    Instant until = Instant.now().plus(OUTAGE);
    while (Instant.now().isBefore(until)) {
      unavailable(node.post("/v1/tasks", TestNode.picture(10, new JsonObject())));
      unavailable(node.get("/v1/tasks/" + running));
      unavailable(node.get("/v1/tasks/" + running + "/events"));
      unavailable(node.get("/v1/tasks/" + running + "/webhooks"));
      unavailable(node.get("/v1/tasks"));
      unavailable(node.get("/v1/providers"));
      notReady(reason);
      assertEquals(200, node.get("/health/live").status());
      assertEquals(200, node.get("/metrics").status());
    }
    logged(reason);
    administrator(allow);
    worksAgain(running);
  }

  @Test
  void aDatabaseThatIsNotThereIsOutAndSaysWhy() {
    administrator("ALTER DATABASE OURS ALLOW_CONNECTIONS false");
    administrator("ALTER DATABASE OURS RENAME TO OURS_away");
    unavailable(node.post("/v1/tasks", TestNode.picture(10, new JsonObject())));
    unavailable(node.get("/v1/tasks"));
    notReady("no such database");
    administrator("ALTER DATABASE OURS_away RENAME TO OURS");
    administrator("ALTER DATABASE OURS ALLOW_CONNECTIONS true");
    logged("");
    assertEquals("completed", node.run(TestNode.picture(10, new JsonObject())).getString("status"));
  }

  @Test
  void aDatabaseThatTakesNoWritesIsReadAndIsOutForAllElse() {
    String running = node.post("/v1/tasks", TestNode.picture(1_500, new JsonObject())).json().getString("id");
    administrator("ALTER DATABASE OURS SET default_transaction_read_only = on");
    Instant until = Instant.now().plus(OUTAGE);
    while (Instant.now().isBefore(until)) {
      unavailable(node.post("/v1/tasks", TestNode.picture(10, new JsonObject())));
      unavailable(node.post("/v1/tasks/" + running + "/cancel", new JsonObject()));
      assertEquals(200, node.get("/v1/tasks/" + running).status());
      assertEquals(200, node.get("/v1/tasks").status());
      notReady("read-only");
    }
    logged("read-only");
    administrator("ALTER DATABASE OURS RESET default_transaction_read_only");
    worksAgain(running);
  }

  private void notReady(String reason) {
    TestNode.Answer ready = node.get("/health/ready");
    assertEquals(503, ready.status());
    assertEquals("down", ready.json().getString("status"));
    assertTrue(ready.json().getString("reason").contains(reason), () -> ready.json().encode());
    assertTrue(!ready.json().encode().contains("right"), () -> ready.json().encode());
  }

  /** Each reason in one line for the whole node, and no incident. */
  private void logged(String reason) {
    List<ILoggingEvent> lines = List.copyOf(written.list).stream().filter(line -> line.getLevel().isGreaterOrEqual(Level.WARN)).toList();
    List<String> words = lines.stream().map(ILoggingEvent::getFormattedMessage).toList();
    assertTrue(lines.stream().noneMatch(line -> line.getLevel() == Level.ERROR), words::toString);
    assertEquals(words.size(), words.stream().distinct().count(), words::toString);
    assertTrue(words.stream().anyMatch(line -> line.contains(reason)), words::toString);
  }

  private void worksAgain(String running) {
    // Of the connections that were ended some are only found out when they are used.
    Instant patience = Instant.now().plusSeconds(60);
    while (node.get("/health/ready").status() != 200) {
      assertTrue(Instant.now().isBefore(patience), "not ready again");
    }
    JsonObject ended = node.ended(running);
    assertEquals("completed", ended.getString("status"), ended::encodePrettily);
    assertEquals(1, ended.getJsonArray("attempts").size(), ended::encodePrettily);
    assertEquals("completed", node.run(TestNode.picture(10, new JsonObject())).getString("status"));
    assertEquals(200, node.get("/health/ready").status());
  }
}
