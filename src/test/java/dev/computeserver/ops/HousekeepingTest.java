package dev.computeserver.ops;

import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.media.OldOutputs;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskId;
import dev.computeserver.task.TaskStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HousekeepingTest {
  private static final int KEEP_DAYS = 30;

  private final Vertx vertx = Vertx.vertx();
  private final TestStore db = new TestStore(vertx);
  private final TaskStore store = db.node(UUID.randomUUID());
  private final LocalDate today = LocalDate.now(ZoneOffset.UTC);
  private volatile Instant now = Instant.now();
  @TempDir
  private Path folder;

  @AfterEach
  void close() {
    db.close();
    await(vertx.close());
  }

  private Housekeeping node() {
    return new Housekeeping(db.database, null, new OldOutputs(vertx, folder), KEEP_DAYS, () -> now);
  }

  /** A task that was made on a day, so late that the next day is near; ended then, too, or still waiting. */
  private void task(LocalDate day, boolean ended) {
    Instant late = day.plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC).minusMillis(1);
    UUID id = TaskId.floor(late);
    await(store.accept(new TaskStore.Accept("default", List.of(new Task.New(id, TestStore.request("x"), TestStore.ROUTE, TestStore.FAL, Instant.now())), null, null)));
    if (ended) {
      TestServers.execute(db.uri, "UPDATE task SET status = 'cancelled', completed_at = '" + late + "' WHERE id = '" + id + "'");
    }
  }

  private Path file(Object day, String name) throws IOException {
    Path file = folder.resolve(String.valueOf(day)).resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, new byte[] {1});
  }

  @Test
  void filesGoWithTheLastTaskOfTheirDay() throws IOException {
    LocalDate over = today.minusDays(KEEP_DAYS + 2);
    LocalDate waiting = today.minusDays(200);
    LocalDate between = waiting.plusDays(1);
    LocalDate young = today.minusDays(KEEP_DAYS);
    task(over, true);
    task(waiting, true);
    TestServers.execute(db.uri, "UPDATE task SET status = 'queued', completed_at = NULL, due_at = now() + interval '100 days' WHERE id < '"
        + TaskId.floor(between.atStartOfDay().toInstant(ZoneOffset.UTC)) + "'");
    for (LocalDate day : List.of(over, waiting, between, young, today)) {
      file(day, "0f/made.1.0");
    }
    Path notOurs = file("9999-99-99", "0f/made.1.0");
    Path notes = file("notes", "of the owner");
    await(node().tidy());
    assertFalse(Files.exists(folder.resolve(over.toString())), "its last task was removed");
    assertFalse(Files.exists(folder.resolve(between.toString())), "it has no task");
    for (LocalDate day : List.of(waiting, young, today)) {
      assertTrue(Files.exists(folder.resolve(day.toString()).resolve("0f/made.1.0")), day::toString);
    }
    assertTrue(Files.exists(notOurs));
    assertTrue(Files.exists(notes));
  }

  @Test
  void nodesThatShareTheFolderRemoveManyFilesTogether() throws IOException {
    LocalDate over = today.minusDays(KEEP_DAYS + 1);
    for (int i = 0; i < 2_500; i++) {
      file(over, String.format("%02x/made.%d.0", i % 256, i));
    }
    await(Future.all(node().tidy(), node().tidy()));
    await(node().tidy());
    assertFalse(Files.exists(folder.resolve(over.toString())));
  }

  @Test
  void whatKilledNodesHaveLeftGoesWithinADay() throws IOException {
    Path abandoned = file(today, "c4/made.1.0.x.part");
    Path whole = file(today, "c4/made.1.0");
    Files.setLastModifiedTime(abandoned, FileTime.from(now.minus(3, ChronoUnit.DAYS)));
    Files.setLastModifiedTime(whole, FileTime.from(now.minus(3, ChronoUnit.DAYS)));
    Path growing = file(today, "c4/made.2.0.y.part");
    Files.setLastModifiedTime(growing, FileTime.from(now));
    Housekeeping node = node();
    for (int hour = 0; hour < 24; hour++) {
      await(node.tidy());
      now = now.plus(Duration.ofHours(1));
    }
    assertFalse(Files.exists(abandoned));
    assertTrue(Files.exists(whole));
    assertTrue(Files.exists(growing));
  }

  @Test
  void aNodeTidiesSoonAfterItsStart() {
    task(today.minusDays(KEEP_DAYS + 2), true);
    try (TestNode node = new TestNode(Vertx.vertx(), Map.of(), db.uri)) {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (!TestServers.ask(node.database, "SELECT count(*) FROM task").equals("0")) {
        assertTrue(System.nanoTime() < deadline, "it would wait for an hour");
      }
    }
  }

  @Test
  void aNodeWithoutFilesHasNothingToRemove() throws IOException {
    Files.delete(folder);
    OldOutputs outputs = new OldOutputs(vertx, folder);
    assertEquals(List.of(), await(outputs.days()));
    await(outputs.remove(today));
    await(node().tidy());
    Files.createDirectories(folder);
  }
}
