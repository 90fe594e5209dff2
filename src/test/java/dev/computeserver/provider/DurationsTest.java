package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DurationsTest {
  private static final String MODEL = "provider/model";
  private static final int PAUSE = 200;

  private final Durations durations = new Durations();

  /** Plays a job that takes {@code millis}; answers how long after its end it was seen. */
  private long job(long millis) {
    Durations.FirstLook first = durations.firstLook(MODEL, 500, PAUSE);
    long look = first.millis();
    long notDoneAt = 0;
    while (look < millis) {
      notDoneAt = look;
      look += PAUSE;
    }
    durations.ended(MODEL, first, notDoneAt);
    return look - millis;
  }

  private int lateOver(int jobs, long millis, long limit) {
    int late = 0;
    for (int i = 0; i < jobs; i++) {
      late += job(millis) > limit ? 1 : 0;
    }
    return late;
  }

  @Test
  void jobsThatAlwaysTakeTheSameAreMostlySeenAtOnce() {
    lateOver(500, 510, 0);
    assertTrue(lateOver(1_000, 510, 150) <= 10, "seen later than 150 ms after their end");
  }

  @Test
  void manyJobsThatAreOutAtOnceAndAllTakeALittleLongerAreOneMistakeAndNotMany() {
    lateOver(100, 500, 0);
    List<Durations.FirstLook> out = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      out.add(durations.firstLook(MODEL, 500, PAUSE));
    }
    out.forEach(look -> durations.ended(MODEL, look, look.millis()));
    assertTrue(durations.firstLook(MODEL, 500, PAUSE).millis() < 700);
  }

  @Test
  void aModelThatBecomesTenTimesFasterIsLearned() {
    lateOver(200, 5_000, 0);
    lateOver(200, 500, 0);
    assertTrue(lateOver(100, 500, 250) <= 5);
  }

  @Test
  void aModelThatBecomesTenTimesSlowerIsLookedAtLater() {
    lateOver(200, 500, 0);
    lateOver(100, 5_000, 0);
    assertTrue(durations.firstLook(MODEL, 500, PAUSE).millis() > 2_500);
  }

  @Test
  void anUnknownModelIsLookedAtWhenTheConfigSays() {
    assertEquals(500, durations.firstLook("new", 500, PAUSE).millis());
  }
}
