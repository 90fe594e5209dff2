package dev.computeserver.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.Settings;
import dev.computeserver.provider.ProcessorRegistry;
import dev.computeserver.provider.ProviderHealth;
import dev.computeserver.provider.ProviderQueueMap;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.Phase;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskError;
import dev.computeserver.task.TaskError.Code;
import dev.computeserver.task.TaskId;
import dev.computeserver.task.TaskRequest;
import dev.computeserver.task.TaskState;
import dev.computeserver.task.TaskStatus;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What follows a failed attempt at a provider that is the only one asked for. */
class RetryOrFailoverTest {
  private static final Instant NOW = Instant.parse("2026-11-22T21:00:00Z");
  private static final TaskState.Place FAL = new TaskState.Place(ProviderType.FAL_STANDARD, "fal-ai/flux/dev", "fal_queue");
  private static final Settings SETTINGS = Settings.load((Path) null, Map.of());

  private static TaskState after(Code code, boolean retryable, boolean jobMayRun, int attempt, int triesLeft) {
    return after(code, retryable, Charged.NO, jobMayRun, attempt, triesLeft);
  }

  private static TaskState after(Code code, boolean retryable, Charged charged, boolean jobMayRun, int attempt, int triesLeft) {
    Routes routes = new Routes(ProcessorRegistry.ofAll(), SETTINGS, new ProviderQueueMap(SETTINGS.providers()), new ProviderHealth(Clock.systemUTC()));
    TaskRequest request = new TaskRequest(ProviderCapability.IMAGE_GENERATION, List.of(ProviderType.FAL_STANDARD), true, null,
        new JsonObject().put("prompt", "p"), new JsonObject(), 0, 600, 3, false, null, null);
    Task fresh = new Task.New(TaskId.next(), request, routes.decide(request).route(), FAL, NOW).accepted("default");
    TaskState running = new TaskState(TaskStatus.PROCESSING, Phase.SUBMITTED, FAL.queue(), FAL.provider(), FAL.model(), attempt, triesLeft, 1, 2,
        null, "job", new JsonObject(), null, NOW, NOW.plusSeconds(600), NOW, NOW, null, false);
    return new RetryOrFailover(routes, SETTINGS.tasks()).decide(fresh.with(running), new TaskError(code, "it failed", FAL.provider(), retryable, 500),
        charged, jobMayRun, NOW);
  }

  @ParameterizedTest
  @CsvSource({
      "invalid_input,true,false,failed", "content_refused,true,false,failed", "submission_unknown,true,false,failed",
      "output_unavailable,true,false,failed", "deadline_exceeded,true,false,failed", "internal,true,false,failed",
      "provider_auth,false,false,failed", "provider_quota,false,false,failed", "provider_failed,false,false,failed",
      "provider_rate_limited,true,false,queued", "provider_unavailable,true,false,queued", "provider_failed,true,false,queued",
      "provider_timeout,true,false,queued", "provider_failed,true,true,failed", "provider_unavailable,true,true,failed",
      "provider_timeout,true,true,failed"})
  void triesAgainOnlyWhatMayPassAndIsSurelyOver(String code, boolean retryable, boolean jobMayRun, String status) {
    TaskState next = after(Code.valueOf(code.toUpperCase(Locale.ROOT)), retryable, jobMayRun, 1, 3);
    assertEquals(status, next.status().word());
    assertEquals(code, next.error().code().word());
    if (status.equals("queued")) {
      assertEquals(2, next.triesLeft());
      assertNull(next.externalId());
      assertNull(next.owner());
      assertTrue(next.dueAt().isAfter(NOW) && next.dueAt().isBefore(NOW.plusSeconds(2)), next.dueAt()::toString);
    }
  }

  @ParameterizedTest
  @EnumSource(value = Code.class, names = {"PROVIDER_UNAVAILABLE", "PROVIDER_FAILED", "PROVIDER_TIMEOUT", "PROVIDER_RATE_LIMITED"})
  void endsWithTheLastTryAndKeepsItsOwnCodeWhereThatWasTheOnlyOne(Code code) {
    assertEquals(Code.ATTEMPTS_EXHAUSTED, after(code, true, false, 3, 1).error().code());
    assertTrue(after(code, true, false, 3, 1).error().message().contains(code.word()));
    assertEquals(code, after(code, true, false, 1, 1).error().code());
    assertFalse(after(code, true, false, 1, 1).status() == TaskStatus.QUEUED);
  }

  @ParameterizedTest
  @CsvSource({"1,1000", "2,2000", "3,4000"})
  void waitsLongerEachTime(int attempt, long most) {
    Instant due = after(Code.PROVIDER_FAILED, true, false, attempt, 5).dueAt();
    assertTrue(!due.isBefore(NOW.plusMillis(most / 2)) && !due.isAfter(NOW.plusMillis(most)), due::toString);
  }

  @Test
  void whatWasPaidForAndFailedIsPaidForOnceMoreAtMost() {
    assertEquals(1, after(Code.PROVIDER_FAILED, true, Charged.YES, false, 1, 9).triesLeft());
    assertEquals(8, after(Code.PROVIDER_FAILED, true, Charged.NO, false, 1, 9).triesLeft());
    assertEquals(TaskStatus.FAILED, after(Code.PROVIDER_FAILED, true, Charged.YES, false, 2, 1).status());
  }
}
