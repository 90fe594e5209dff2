package dev.computeserver.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class IdsTest {

  @Test
  void taskIdsSortInTheOrderTheyWereMadeInAndAreVersionSeven() {
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      UUID id = TaskId.next();
      assertEquals(7, id.version());
      assertEquals(2, id.variant());
      made.add(id.toString());
    }
    List<String> sorted = new ArrayList<>(made);
    Collections.sort(sorted);
    assertEquals(sorted, made);
  }

  @Test
  void theSmallestIdOfATimeIsNotAboveAnyIdOfThatTime() {
    UUID id = TaskId.next();
    assertTrue(TaskId.floor(TaskId.time(id)).toString().compareTo(id.toString()) <= 0);
    assertTrue(TaskId.floor(TaskId.time(id).plusMillis(1)).toString().compareTo(id.toString()) > 0);
  }

  @Test
  void eventIdsAreVersionSevenReadBackAndSortAsTheirNumbers() {
    long now = EventId.floor(Instant.parse("2026-11-22T21:00:00.123Z"));
    String before = "";
    for (long id = now; id < now + 5_000; id++) {
      String text = EventId.text(id);
      assertEquals(7, UUID.fromString(text).version());
      assertEquals(id, EventId.parse(text).orElseThrow());
      assertTrue(text.compareTo(before) > 0);
      before = text;
    }
  }

  @Test
  void whatIsNoEventIdIsToldFromOne() {
    assertTrue(EventId.parse("").isEmpty());
    assertTrue(EventId.parse(null).isEmpty());
    assertTrue(EventId.parse("nonsense").isEmpty());
    assertTrue(EventId.parse(UUID.randomUUID().toString()).isEmpty());
  }
}
