package dev.computeserver.db;

import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.ByteProxy;
import dev.computeserver.support.TestServers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DatabaseTest {
  private static final int CONNECTIONS = 2;

  private final Vertx vertx = Vertx.vertx();
  private final String uri = TestServers.freshDatabase();
  private ByteProxy proxy;
  private Database database;

  @BeforeEach
  void open() {
    proxy = ByteProxy.before(vertx, uri);
    database = Database.open(vertx, proxy.uri(), CONNECTIONS, 1, 3);
  }

  @AfterEach
  void close() {
    await(database.close());
    proxy.close();
    await(vertx.close());
    TestServers.drop(uri);
  }

  private Future<RowSet<Row>> ask() {
    return database.query("SELECT 1 FROM pg_sleep(0.1)", Tuple.tuple());
  }

  /** One for each connection, at the same time. */
  private List<Future<RowSet<Row>>> askAll() {
    return Stream.generate(this::ask).limit(CONNECTIONS).toList();
  }

  private static String open(String uri) {
    return TestServers.ask(uri, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'compute-server'"
        + " AND datname = current_database()");
  }

  @Test
  void connectionsThatNobodyAnswersAnyMoreAreGivenUpAndReplaced() {
    await(Future.all(askAll()));
    proxy.abandon();
    List<Future<RowSet<Row>>> lost = askAll();
    await(Future.join(lost).otherwiseEmpty());
    assertTrue(lost.stream().allMatch(Future::failed));
    Instant deadline = Instant.now().plusSeconds(15);
    Future<RowSet<Row>> again = ask();
    await(again.otherwiseEmpty());
    while (again.failed() && Instant.now().isBefore(deadline)) {
      again = ask();
      await(again.otherwiseEmpty());
    }
    assertTrue(again.succeeded(), "still no connection: " + again.cause());
  }

  @Test
  void aConnectionThatWasNotUsedForLongIsReplacedWithoutAWord() {
    await(ask());
    String before = open(uri);
    Instant deadline = Instant.now().plusSeconds(15);
    String after = before;
    while (!after.equals("0") && Instant.now().isBefore(deadline)) {
      after = open(uri);
    }
    assertEquals("1, 0", before + ", " + after);
    assertEquals(1, await(ask()).size());
  }
}
