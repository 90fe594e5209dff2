package dev.computeserver.live;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.TaskEvent;
import dev.computeserver.task.TaskStatus;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class UnannouncedTest {
  private final Unannounced unannounced = new Unannounced();

  private static List<TaskEvent> events(long first, long last) {
    UUID task = UUID.randomUUID();
    return LongStream.rangeClosed(first, last).mapToObj(id -> new TaskEvent(id, 1, "progress", task, TaskStatus.PROCESSING.word(), "default",
        ProviderType.LUMA.word(), false, ProviderCapability.IMAGE_GENERATION.word(), 1, null, null)).toList();
  }

  private List<Long> round() {
    return unannounced.round().stream().map(TaskEvent::id).toList();
  }

  @Test
  void whatIsAnnouncedLateIsNotGivenOut() {
    unannounced.add(events(1, 6));
    unannounced.announced(new TaskEvent.Batch(0, events(1, 2)));
    assertEquals(List.of(), round());
    unannounced.announced(new TaskEvent.Batch(3, events(4, 4)));
    assertEquals(List.of(3L, 5L, 6L), round());
    assertEquals(List.of(), round());
  }

  @Test
  void ofVeryManyOnlySoManyAreKept() {
    unannounced.add(events(1, 1_500));
    assertEquals(List.of(), round());
    unannounced.add(events(1_501, 9_000));
    assertEquals(1_500, round().size());
    assertEquals(Unannounced.MOST - 1_500, round().size());
  }
}
