package dev.computeserver.provider;

import static dev.computeserver.provider.TwoProviders.FAL;
import static dev.computeserver.provider.TwoProviders.REPLICATE;
import static dev.computeserver.provider.TwoProviders.batch;
import static dev.computeserver.provider.TwoProviders.gate;
import static dev.computeserver.provider.TwoProviders.task;
import static dev.computeserver.support.FakeProvider.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.provider.TwoProviders.Submit;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a provider refuses for its account's sake, or for now, waits or goes elsewhere, and no task pays for it. */
@Timeout(120)
class AccountWaitsTest {
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private static void completedAtFirstAttempt(JsonObject task) {
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, task.getInteger("attempt"), task::encodePrettily);
    assertEquals(1, task.getJsonArray("attempts").size(), task::encodePrettily);
    assertNull(task.getJsonObject("error"), task::encodePrettily);
  }

  @Test
  void aBatchAtAProviderThatTakesOneNowAndThenIsTakenWholeWithARefusalForEachPause() {
    AtomicLong last = new AtomicLong(System.nanoTime() - PAUSE_NANOS);
    AtomicInteger refused = new AtomicInteger();
    try (TwoProviders providers = new TwoProviders(submit -> {
      long before = last.get();
      if (submit.nanos() - before >= PAUSE_NANOS && last.compareAndSet(before, submit.nanos())) {
        return null;
      }
      refused.incrementAndGet();
      return reply(429, "{\"detail\":\"Request was throttled.\"}", "Retry-After", "0.2");
    }); TestNode node = providers.node()) {
      batch(node, 30, REPLICATE).forEach(id -> completedAtFirstAttempt(node.ended(id)));
      // The first thirty come at once; from then on one finds out for all of them.
      assertTrue(refused.get() <= 30 + 2 * 30, refused + " refusals");
      assertEquals("open", gate(node, REPLICATE).getString("state"));
    }
  }

  @Test
  void oneTriesAtATimeAndTheOthersKeepStill() {
    AtomicInteger refusals = new AtomicInteger();
    try (TwoProviders providers = new TwoProviders(submit -> refusals.incrementAndGet() <= 15 ? reply(429, "{}", "Retry-After", "0.1") : null);
        TestNode node = providers.node("COMPUTE_TASKS_RETRY_MAX_MS", "150")) {
      JsonObject first = node.post("/v1/tasks", task("first", FAL)).json();
      providers.submits.await(1);
      List<String> ids = batch(node, 100, FAL);
      ids.forEach(id -> completedAtFirstAttempt(node.ended(id)));
      completedAtFirstAttempt(node.ended(first.getString("id")));
      List<Submit> early = providers.submits.all().subList(0, 15);
      for (int i = 1; i < early.size(); i++) {
        long pause = early.get(i).nanos() - early.get(i - 1).nanos();
        assertTrue(pause >= TimeUnit.MILLISECONDS.toNanos(80), "try " + i + " came after " + pause / 1_000_000 + " ms");
      }
    }
  }

  @Test
  void whatOneMayNotUseHoldsUpNobodyElse() {
    try (TwoProviders providers = new TwoProviders(submit -> submit.prompt().startsWith("fox") || submit.provider().equals(REPLICATE) ? null
        : reply(403, "{\"detail\":\"This key has no access to the model\"}")); TestNode node = providers.node()) {
      for (int i = 0; i < 6; i++) {
        JsonObject refused = node.run(task("secret", FAL));
        assertEquals("provider_auth", refused.getJsonObject("error").getString("code"), refused::encodePrettily);
        assertEquals("no", refused.getJsonArray("attempts").getJsonObject(0).getString("charged"), refused::encodePrettily);
        assertEquals("open", gate(node, FAL).getString("state"));
      }
      batch(node, 5, FAL).forEach(id -> completedAtFirstAttempt(node.ended(id)));
      JsonObject elsewhere = node.run(task("secret", FAL, REPLICATE));
      completedAtFirstAttempt(elsewhere);
      assertEquals(REPLICATE, elsewhere.getString("provider"));
    }
  }

  @Test
  void whatTheAccountIsTooPoorForHoldsUpNobodyElse() {
    try (TwoProviders providers = new TwoProviders(submit -> submit.prompt().startsWith("dear") ? reply(402, "{\"detail\":\"Too little credit\"}") : null);
        TestNode node = providers.node("COMPUTE_TASKS_RETRY_FIRST_MS", "1000", "COMPUTE_TASKS_RETRY_MAX_MS", "60000")) {
      JsonArray dear = new JsonArray();
      for (int i = 0; i < 30; i++) {
        dear.add(task("dear-" + i, FAL).put("model", "fal-ai/flux/schnell").put("timeout_seconds", 100));
      }
      assertEquals(202, node.post("/v1/tasks/batch", new JsonObject().put("tasks", dear)).status());
      providers.submits.await(1);
      List<String> cheap = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        cheap.add(node.post("/v1/tasks", task("fox-" + i, FAL).put("timeout_seconds", 30)).json().getString("id"));
      }
      cheap.forEach(id -> completedAtFirstAttempt(node.ended(id)));
      long refused = providers.submits.all().stream().filter(submit -> submit.prompt().startsWith("dear")).count();
      completedAtFirstAttempt(node.run(task("fox-late", FAL).put("timeout_seconds", 30)));
      assertEquals("open", gate(node, FAL).getString("state"), refused + " were refused before");
    }
  }

  @Test
  void theDateThatAProviderNamesIsKept() {
    AtomicLong until = new AtomicLong();
    try (TwoProviders providers = new TwoProviders(submit -> {
      if (!until.compareAndSet(0, TimeUnit.SECONDS.toMillis(System.currentTimeMillis() / 1_000 + 3))) {
        return null;
      }
      return reply(429, "{}", "Retry-After", DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC).withNano(0).plusSeconds(3)));
    }); TestNode node = providers.node()) {
      JsonObject task = node.run(task("fox", FAL));
      completedAtFirstAttempt(task);
      List<Submit> submits = providers.submits.all();
      assertEquals(2, submits.size());
      assertTrue(submits.get(1).nanos() - submits.get(0).nanos() >= TimeUnit.MILLISECONDS.toNanos(1_900), submits::toString);
    }
  }

  @Test
  void aTaskSaysWhatItWaitsForAndEndsWithItsTimeWhereItIsNeverTaken() {
    try (TwoProviders providers = new TwoProviders(submit -> reply(429, "{\"detail\":\"slow down\"}", "Retry-After", "600"));
        TestNode node = providers.node()) {
      String id = node.post("/v1/tasks", task("fox", FAL).put("timeout_seconds", 5)).json().getString("id");
      JsonObject task = node.ended(id);
      JsonObject error = task.getJsonObject("error");
      assertEquals("deadline_exceeded", error.getString("code"), task::encodePrettily);
      assertTrue(error.getString("message").contains("fal_standard takes nothing more now"), task::encodePrettily);
      assertTrue(error.getString("message").contains("slow down"), task::encodePrettily);
      assertEquals(new JsonArray(), task.getJsonArray("attempts"), task::encodePrettily);
      JsonObject queued = node.events(id).stream().map(JsonObject.class::cast)
          .filter(event -> event.getString("type").equals("task.queued") && event.getJsonObject("error") != null).findFirst().orElseThrow();
      assertEquals("provider_rate_limited", queued.getJsonObject("error").getString("code"));
      assertTrue(queued.getJsonObject("error").getString("message").contains("is asked again at 2"), queued::encode);
      assertEquals(1, providers.submits.all().size(), () -> providers.submits.all().toString());
    }
  }

  @Test
  void aTaskThatWaitsIsCancelledAtOnce() {
    try (TwoProviders providers = new TwoProviders(submit -> reply(429, "{}", "Retry-After", "600")); TestNode node = providers.node()) {
      List<String> ids = batch(node, 5, FAL);
      providers.submits.await(1);
      for (String id : ids) {
        assertEquals(202, node.post("/v1/tasks/" + id + "/cancel", "").status());
        assertEquals("cancelled", node.ended(id).getString("status"));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"429,provider_rate_limited", "425,provider_unavailable"})
  void whatMayRunElsewhereDoesNotWaitForLong(int status, String code) {
    try (TwoProviders providers = new TwoProviders(submit -> submit.provider().equals(FAL) ? reply(status, "{}") : null);
        TestNode node = providers.node()) {
      JsonObject task = node.run(task("fox", FAL, REPLICATE));
      completedAtFirstAttempt(task);
      assertEquals(REPLICATE, task.getString("provider"));
      // As often as max_retries says it is tried again there.
      assertEquals(4, providers.submits.all().stream().filter(submit -> submit.provider().equals(FAL)).count());
      JsonArray events = node.events(task.getString("id"));
      assertTrue(events.stream().map(JsonObject.class::cast).anyMatch(event -> event.getJsonObject("error") != null
          && event.getJsonObject("error").getString("code").equals(code)
          && event.getJsonObject("error").getString("message").contains("goes on at replicate")), events::encodePrettily);
    }
  }

  @Test
  void aLongPauseIsReasonEnoughToGoElsewhere() {
    try (TwoProviders providers = new TwoProviders(submit -> submit.provider().equals(FAL) ? reply(429, "{}", "Retry-After", "3600") : null);
        TestNode node = providers.node()) {
      JsonObject first = node.run(task("fox", FAL, REPLICATE));
      completedAtFirstAttempt(first);
      assertEquals(REPLICATE, first.getString("provider"));
      completedAtFirstAttempt(node.run(task("another", FAL, REPLICATE)));
      assertEquals(1, providers.submits.all().stream().filter(submit -> submit.provider().equals(FAL)).count(), "new tasks do not even ask");
    }
  }

  @Test
  void whatAllRefuseGoesRoundOnceAndWaitsThen() {
    try (TwoProviders providers = new TwoProviders(submit -> reply(429, "{}", "Retry-After", "0.05")); TestNode node = providers.node()) {
      JsonObject task = node.run(task("fox", FAL, REPLICATE).put("timeout_seconds", 8));
      assertEquals("deadline_exceeded", task.getJsonObject("error").getString("code"), task::encodePrettily);
      assertEquals(4, providers.submits.all().stream().filter(submit -> submit.provider().equals(FAL)).count());
      assertTrue(providers.submits.all().stream().filter(submit -> submit.provider().equals(REPLICATE)).count() > 4);
    }
  }

  @ParameterizedTest
  @CsvSource({"401,provider_auth", "402,provider_quota", "403,provider_auth"})
  void aRefusedKeyShutsTheGateAndSaysWhichKeyItIs(int status, String code) {
    try (TwoProviders providers = new TwoProviders(submit -> submit.provider().equals(FAL) ? reply(status, "{\"detail\":\"no the-key-of-fal\"}") : null);
        TestNode node = providers.node("COMPUTE_TASKS_RETRY_FIRST_MS", "60000", "COMPUTE_TASKS_RETRY_MAX_MS", "60000")) {
      JsonObject task = node.run(task("fox", FAL, REPLICATE));
      completedAtFirstAttempt(task);
      assertEquals(REPLICATE, task.getString("provider"));
      JsonObject gate = gate(node, FAL);
      assertEquals("shut", gate.getString("state"), gate::encode);
      assertEquals(code, gate.getString("code"));
      assertEquals("FAL_KEY", gate.getString("api_key_env"));
      assertTrue(gate.getString("since") != null && gate.getString("until") != null, gate::encode);
      assertFalse(gate.encode().contains("the-key-of-fal"), gate::encode);
      batch(node, 5, FAL, REPLICATE).forEach(id -> completedAtFirstAttempt(node.ended(id)));
      assertEquals(1, providers.submits.all().stream().filter(submit -> submit.provider().equals(FAL)).count());
    }
  }

  @Test
  void aPinnedTaskThatMeetsARefusedKeyEndsAndTheOthersWaitForTheNextTry() {
    AtomicInteger good = new AtomicInteger();
    try (TwoProviders providers = new TwoProviders(submit -> good.get() == 0 ? reply(401, "{}") : null);
        TestNode node = providers.node("COMPUTE_TASKS_RETRY_FIRST_MS", "2000", "COMPUTE_TASKS_RETRY_MAX_MS", "2000")) {
      JsonObject met = node.run(task("first", FAL));
      assertEquals("provider_auth", met.getJsonObject("error").getString("code"), met::encodePrettily);
      assertEquals("no", met.getJsonArray("attempts").getJsonObject(0).getString("charged"));
      List<String> ids = batch(node, 20, FAL);
      good.set(1);
      ids.forEach(id -> completedAtFirstAttempt(node.ended(id)));
      assertEquals(21, providers.submits.all().size());
    }
  }

  @ParameterizedTest
  @CsvSource({"301", "302", "307", "308"})
  void aRedirectedSubmitIsRefusedAndSaysWhereTheBaseUrlLeads(int status) {
    Behaviour moved = reply(status, "", "Location", "https://api.example.com/v2");
    try (TwoProviders providers = new TwoProviders(submit -> submit.provider().equals(FAL) ? moved : null); TestNode node = providers.node()) {
      JsonObject task = node.run(task("pinned", FAL));
      assertEquals("provider_failed", task.getJsonObject("error").getString("code"), task::encodePrettily);
      assertTrue(task.getJsonObject("error").getString("message").contains("https://api.example.com/v2"), task::encodePrettily);
      assertEquals("no", task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
      assertEquals(1, providers.submits.all().size());
      JsonObject other = node.run(task("free", FAL, REPLICATE));
      assertEquals("completed", other.getString("status"), other::encodePrettily);
      assertEquals(REPLICATE, other.getString("provider"));
    }
  }

  @Test
  void whatWaitsIsNoWorkForANodeThatStopsAndIsTakenByTheNext() {
    AtomicInteger open = new AtomicInteger();
    try (TwoProviders providers = new TwoProviders(submit -> open.get() == 0 ? reply(429, "{}", "Retry-After", "600") : null)) {
      TestNode first = providers.node();
      List<String> ids = batch(first, 10, FAL);
      providers.submits.await(1);
      long began = System.nanoTime();
      first.close();
      assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(30), "stopping waited out the pause");
      open.set(1);
      try (TestNode second = first.again()) {
        ids.forEach(id -> completedAtFirstAttempt(second.ended(id)));
      }
    }
  }
}
