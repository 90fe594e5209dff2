package dev.computeserver.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.sandbox.SandboxJob.Ticket;
import dev.computeserver.sandbox.SandboxRun.StandingClock;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SandboxJobsTest {

  private final StandingClock clock = new StandingClock();
  private final SandboxJobs jobs = new SandboxJobs(clock, new FaultCounts(), 3);

  private SandboxJob job(String id, String wish) {
    Submission submission = Submission.read(Buffer.buffer("{\"sandbox\":" + wish + "}"));
    return jobs.accept(new Ticket(id, ProviderType.FAL_STANDARD, "m", submission, Map.of())).orElse(null);
  }

  @Test
  void forgetsAJobTenMinutesAfterItsEnd() {
    job("short", "{\"duration_ms\":0,\"queue_ms\":0}");
    job("long", "{\"duration_ms\":60000}");
    clock.forward(SandboxJobs.KEPT_MS - 1);
    assertTrue(jobs.find("short").isPresent());
    clock.forward(1);
    assertFalse(jobs.find("short").isPresent());
    assertTrue(jobs.find("long").isPresent());
    assertEquals(2, jobs.accepted(ProviderType.FAL_STANDARD));
  }

  @Test
  void forgetsACancelledHangingJobTenMinutesAfterTheCancel() {
    SandboxJob hanging = job("hanging", "{\"fault\":\"hang\"}");
    clock.forward(10_000);
    jobs.cancel(hanging);
    clock.forward(SandboxJob.CANCEL_MS + SandboxJobs.KEPT_MS);
    assertFalse(jobs.find("hanging").isPresent());
    assertEquals(0, jobs.size());
  }

  @Test
  void listsTheLatestFirstAndTakesNoMoreThanItHolds() {
    for (String id : new String[] {"a", "b", "c", "d"}) {
      assertEquals(!id.equals("d"), job(id, "{}") != null);
    }
    assertEquals("c", jobs.latest().findFirst().orElseThrow().id());
  }
}
