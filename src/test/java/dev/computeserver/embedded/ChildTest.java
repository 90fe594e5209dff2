package dev.computeserver.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.Signals;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ChildTest {
  /** Of a disk that is full for more than a minute. */
  private static final int FAILURES = 9;

  private final Signals<Process> started = new Signals<>();
  private int starts;

  private Process run() throws IOException {
    starts++;
    if (starts > 1 && starts <= 1 + FAILURES) {
      throw new IOException("No space left on device");
    }
    Process process = new ProcessBuilder("sleep", "60").start();
    started.accept(process);
    return process;
  }

  @Test
  void aProcessThatFailsToStartForLongIsStartedOnceItCanBe() throws IOException {
    try (Child child = new Child("sleeper", unwanted -> run(), Signal.REDIS, 1)) {
      started.await(1).get(0).destroyForcibly();
      Process again = started.await(2).get(1);
      assertTrue(again.isAlive());
      assertEquals(2 + FAILURES, starts);
      child.close();
      assertFalse(again.isAlive());
    }
  }

  @Test
  void aProcessThatDiesAgainAndAgainIsStartedEachTime() throws IOException {
    starts = 1 + FAILURES;
    try (Child child = new Child("sleeper", unwanted -> run(), List.of(new Signal("KILL", 5)), 1)) {
      for (int i = 1; i <= 5; i++) {
        started.await(i).get(i - 1).destroyForcibly();
      }
      assertTrue(started.await(6).get(5).isAlive());
    }
  }
}
