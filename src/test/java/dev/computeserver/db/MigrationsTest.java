package dev.computeserver.db;

import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.computeserver.support.TestServers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MigrationsTest {
  private final Vertx vertx = Vertx.vertx();
  private final String uri = TestServers.freshDatabase();
  private final Database one = Database.open(vertx, uri, 1, 30);
  private final Database two = Database.open(vertx, uri, 1, 30);

  @AfterEach
  void close() {
    await(Future.join(one.close(), two.close()));
    await(vertx.close());
    TestServers.drop(uri);
  }

  private String ask(String sql) {
    return TestServers.ask(uri, sql);
  }

  @Test
  void runEachScriptOnceThoughTwoNodesStartAtTheSameTime() {
    await(Future.all(Migrations.apply(vertx, one), Migrations.apply(vertx, two)));
    await(Migrations.apply(vertx, one));
    assertEquals("" + Migrations.SCRIPTS.size(), ask("SELECT count(*) FROM migration"));
    assertEquals("0", ask("SELECT count(*) FROM task"));
  }

  @Test
  void leaveNothingBehindWhenAScriptFails() {
    PgException refused = assertThrows(PgException.class,
        () -> Migrations.apply(vertx, one, List.of("901-good", "902-bad")).await(20, TimeUnit.SECONDS));
    assertEquals("22012", refused.getSqlState());
    assertNull(ask("SELECT to_regclass('migration')"));
    assertNull(ask("SELECT to_regclass('made_by_the_good_script')"));
    assertNull(ask("SELECT to_regclass('made_by_the_bad_script')"));
  }

  @Test
  void goOnWhereAnOlderVersionStopped() {
    await(Migrations.apply(vertx, one, List.of("901-good")));
    await(Migrations.apply(vertx, two, List.of("901-good", "001-tasks")));
    assertEquals("901-good,001-tasks", ask("SELECT string_agg(name, ',' ORDER BY name DESC) FROM migration"));
  }
}
