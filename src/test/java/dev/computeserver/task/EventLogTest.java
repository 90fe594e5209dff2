package dev.computeserver.task;

import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventLogTest {
  private final Vertx vertx = Vertx.vertx();
  private final TestStore db = new TestStore(vertx);

  @AfterEach
  void close() {
    db.close();
    await(vertx.close());
  }

  @Test
  void theNewestOfTwoEventsOfOneSeqIsTheOneWithTheGreaterId() {
    UUID task = await(db.node(UUID.randomUUID()).accept(TestStore.accept(TestStore.request("fox")))).ids().get(0);
    long queued = Long.parseLong(db.ask("SELECT id FROM task_event WHERE task_id = '" + task + "'"));
    for (int later : new int[] {5, 2}) {
      TestServers.execute(db.uri, "INSERT INTO task_event (id, task_id, seq, type, status, tenant, provider, capability, attempt)"
          + " SELECT id + " + later + ", task_id, 2, 'processing', 'processing', tenant, provider, capability, 1"
          + " FROM task_event WHERE id = " + queued);
    }
    assertEquals(queued + 5, newest(new EventLog.Wanted(null, Set.of(task), null, null)));
    assertEquals(queued + 5, newest(EventLog.Wanted.ALL));
  }

  private long newest(EventLog.Wanted wanted) {
    return await(db.log.newest(wanted, Long.MAX_VALUE, 10)).get(0).id();
  }
}
