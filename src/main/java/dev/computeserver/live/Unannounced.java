package dev.computeserver.live;

import dev.computeserver.task.TaskEvent;
import java.util.List;
import java.util.TreeMap;

/**
 * Events that had to be read from the store since no node had announced them. Most announcements are only late; what is still
 * not announced between one and two rounds later never will be: its node was killed after the commit, or the commit's answer was
 * lost. Of more than {@value #MOST} at once the rest is forgotten: then it is the bus that is cut, and their nodes are there.
 */
final class Unannounced {
  static final int MOST = 2_000;

  private TreeMap<Long, TaskEvent> fresh = new TreeMap<>();
  private TreeMap<Long, TaskEvent> old = new TreeMap<>();

  void add(List<TaskEvent> events) {
    for (TaskEvent event : events) {
      if (fresh.size() + old.size() < MOST) {
        fresh.put(event.id(), event);
      }
    }
  }

  void announced(TaskEvent.Batch batch) {
    if (!fresh.isEmpty() || !old.isEmpty()) {
      batch.events().forEach(event -> {
        fresh.remove(event.id());
        old.remove(event.id());
      });
    }
  }

  /** One round; answers what has waited for a whole one, oldest first. */
  List<TaskEvent> round() {
    List<TaskEvent> never = List.copyOf(old.values());
    old = fresh;
    fresh = new TreeMap<>();
    return never;
  }
}
