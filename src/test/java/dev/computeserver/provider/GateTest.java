package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.Settings;
import dev.computeserver.task.TaskError;
import dev.computeserver.task.TaskError.Code;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GateTest {
  private static final Settings.Tasks RULES = new Settings.Tasks(3_600, 3, 60, 1_000, 60_000, 30);
  private static final Optional<Duration> TWO_SECONDS = Optional.of(Duration.ofSeconds(2));

  private Instant now = Instant.parse("2026-11-30T12:00:00Z");
  private int moves;
  private final Gate gate = new Gate(ProviderType.REPLICATE, "REPLICATE_API_TOKEN", () -> now, RULES);

  private static TaskError refusal(Code code) {
    return new TaskError(code, "not now", ProviderType.REPLICATE, true, 429);
  }

  private void shut(Optional<Duration> asked) {
    gate.pass("any").orElseThrow().refused(refusal(Code.PROVIDER_RATE_LIMITED), asked);
  }

  private void later(long millis) {
    now = now.plusMillis(millis);
  }

  @Test
  void letsAllThroughUntilOneIsRefused() {
    List<Gate.Pass> passes = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      passes.add(gate.pass("any").orElseThrow());
    }
    assertEquals(Gate.State.OPEN, gate.look().state());
    passes.get(0).refused(refusal(Code.PROVIDER_RATE_LIMITED), TWO_SECONDS);
    assertEquals(Gate.State.SHUT, gate.look().state());
    assertEquals(now.plusSeconds(2), gate.look().until());
    assertTrue(gate.pass("any").isEmpty());
    assertTrue(passes.stream().noneMatch(Gate.Pass::holds), "what has not been sent yet is not sent any more");
  }

  @Test
  void oneTriesWhenTheTimeIsOverAndNobodyElseMeanwhile() {
    shut(TWO_SECONDS);
    later(1_999);
    assertEquals(0, gate.room());
    later(1);
    assertEquals(Gate.State.TRYING, gate.look().state());
    assertEquals(1, gate.room());
    Gate.Pass probe = gate.pass("any").orElseThrow();
    assertTrue(gate.pass("any").isEmpty());
    probe.taken();
    assertEquals(Gate.State.OPEN, gate.look().state());
    assertNull(gate.look().why());
  }

  @Test
  void asManyFollowAsWereTakenUntilThereIsPlainlyNoLimitNear() {
    shut(TWO_SECONDS);
    later(2_000);
    gate.pass("any").orElseThrow().taken();
    assertEquals(1, gate.room());
    gate.pass("any").orElseThrow().taken();
    assertEquals(2, gate.room());
    for (int i = 2; i < 32; i++) {
      assertTrue(gate.isLimited());
      gate.pass("any").orElseThrow().taken();
    }
    assertFalse(gate.isLimited());
    assertEquals(Integer.MAX_VALUE, gate.room());
  }

  @Test
  void aRefusalOfTheOneThatTriesShutsItForLonger() {
    shut(Optional.empty());
    long before = 0;
    for (int i = 0; i < 8; i++) {
      long pause = gate.shutMillis();
      assertTrue(pause <= 60_000 && pause >= Math.min(30_000, 500L << i), "pause " + i + " is " + pause);
      assertTrue(pause > before / 2, "pause " + i + " is " + pause);
      before = pause;
      later(pause);
      shut(Optional.empty());
    }
  }

  @Test
  void pausesThatTheProviderNamesAreKeptAndOnceTheyProveWrongAreLonger() {
    for (int i = 0; i < 3; i++) {
      shut(TWO_SECONDS);
      assertEquals(2_000, gate.shutMillis());
      later(2_000);
    }
    long longest = 0;
    for (int i = 0; i < 8; i++) {
      shut(TWO_SECONDS);
      longest = gate.shutMillis();
      assertTrue(longest >= 2_000);
      later(longest);
    }
    assertTrue(longest >= 30_000, "still only " + longest);
  }

  @Test
  void aNamedPauseHasBounds() {
    shut(Optional.of(Duration.ZERO));
    assertEquals(100, gate.shutMillis());
    later(100);
    shut(Optional.of(Duration.ofDays(3)));
    assertEquals(Duration.ofHours(1).toMillis(), gate.shutMillis());
  }

  @Test
  void manyRefusalsOfOneMomentCountAsOneAndTheLongestPauseHolds() {
    List<Gate.Pass> passes = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      passes.add(gate.pass("any").orElseThrow());
    }
    passes.forEach(pass -> pass.refused(refusal(Code.PROVIDER_RATE_LIMITED), Optional.empty()));
    assertTrue(gate.shutMillis() <= 1_000, "grown to " + gate.shutMillis());
    Gate.Pass late = passes.get(0);
    late.refused(refusal(Code.PROVIDER_RATE_LIMITED), Optional.of(Duration.ofSeconds(4)));
    assertEquals(4_000, gate.shutMillis());
  }

  @Test
  void aLateAnswerOfOneThatWentThroughBeforeOpensNothing() {
    Gate.Pass early = gate.pass("any").orElseThrow();
    shut(TWO_SECONDS);
    early.taken();
    assertEquals(Gate.State.SHUT, gate.look().state());
    later(2_000);
    gate.pass("any").orElseThrow();
    early.close();
    assertEquals(0, gate.room());
  }

  @Test
  void whoLearnsNothingMakesRoomForTheNext() {
    shut(TWO_SECONDS);
    later(2_000);
    Gate.Pass bad = gate.pass("any").orElseThrow();
    bad.close();
    bad.close();
    assertEquals(1, gate.room());
    assertEquals(Gate.State.TRYING, gate.look().state());
  }

  @Test
  void oneThatIsNotRefusedForLongLetsTheNextTryAndMayBeRefusedAllTheSame() {
    shut(TWO_SECONDS);
    later(2_000);
    Gate.Pass slow = gate.pass("any").orElseThrow();
    slow.taken();
    assertEquals(1, gate.room());
    slow.refused(refusal(Code.PROVIDER_RATE_LIMITED), TWO_SECONDS);
    assertEquals(0, gate.room());
  }

  @Test
  void tellsItsWatcherWhenItIsShutAndWhenThereMayBeRoom() {
    gate.watch(() -> moves++);
    gate.pass("any").orElseThrow().taken();
    assertEquals(0, moves, "nobody waits for room where there is no limit");
    shut(TWO_SECONDS);
    assertEquals(1, moves);
    later(2_000);
    gate.pass("any").orElseThrow().close();
    assertEquals(2, moves);
    gate.pass("any").orElseThrow().taken();
    assertEquals(3, moves);
  }

  @Test
  void isShutForLongWhereTheAccountIsRefusedOrTheTimeIsLong() {
    assertFalse(gate.isShutForLong());
    shut(TWO_SECONDS);
    assertFalse(gate.isShutForLong());
    later(2_000);
    shut(TWO_SECONDS);
    later(2_000);
    shut(TWO_SECONDS);
    later(2_000);
    assertTrue(gate.isShutForLong(), "6 s");
    gate.pass("any").orElseThrow().taken();
    assertFalse(gate.isShutForLong());
    shut(Optional.of(Duration.ofSeconds(6)));
    assertTrue(gate.isShutForLong());
  }

  @Test
  void namesTheKeyOnlyWhereTheKeyIsAtFault() {
    shut(TWO_SECONDS);
    assertEquals("", gate.look().keyName());
    later(2_000);
    gate.pass("any").orElseThrow().refused(refusal(Code.PROVIDER_AUTH), Optional.empty());
    assertEquals("REPLICATE_API_TOKEN", gate.look().keyName());
    assertEquals(now.minusSeconds(2), gate.look().since());
    assertTrue(gate.isShutForLong());
  }

  @Test
  void aProviderWhoseGateIsShutForLongComesLast() {
    ProviderHealth health = new ProviderHealth(() -> now);
    health.guard(ProviderType.REPLICATE, gate);
    health.answered(ProviderType.REPLICATE);
    assertEquals(ProviderHealth.State.UP, health.of(ProviderType.REPLICATE));
    gate.pass("any").orElseThrow().refused(refusal(Code.PROVIDER_QUOTA), Optional.empty());
    assertEquals(ProviderHealth.State.WAITING, health.of(ProviderType.REPLICATE));
    assertTrue(health.of(ProviderType.REPLICATE).comesLast());
  }

  /** Nothing comes of it: others go first for two seconds. */
  private void dearIsRefused() {
    gate.pass("dear").orElseThrow().refused(refusal(Code.PROVIDER_QUOTA), TWO_SECONDS);
  }

  @Test
  void othersTryBeforeTheKindThatMetARefusalOfTheAccount() {
    dearIsRefused();
    later(2_000);
    assertTrue(gate.pass("dear").isEmpty());
    assertEquals(now.plusSeconds(2).toEpochMilli(), gate.waiting("dear").orElseThrow().until());
    assertTrue(gate.waiting("cheap").isEmpty());
    later(2_000);
    assertTrue(gate.pass("dear").isPresent(), "nobody else came");
    assertTrue(gate.pass("cheap").isEmpty(), "one at a time");
  }

  @Test
  void whereOthersAreTakenARefusedKindWaitsForItself() {
    dearIsRefused();
    later(2_000);
    gate.pass("cheap").orElseThrow().taken();
    later(2_000);
    Gate.Pass probe = gate.pass("dear").orElseThrow();
    assertTrue(gate.pass("dear").isEmpty(), "one of them at a time");
    assertFalse(probe.refused(refusal(Code.PROVIDER_QUOTA), TWO_SECONDS), "it concerns them alone");
    assertEquals(Gate.State.OPEN, gate.look().state());
    gate.pass("cheap").orElseThrow().taken();
    assertTrue(gate.pass("dear").isEmpty());
    later(2_000);
    gate.pass("dear").orElseThrow().taken();
    assertTrue(gate.waiting("dear").isEmpty());
    gate.pass("dear").orElseThrow();
    gate.pass("dear").orElseThrow();
  }

  @Test
  void whatAllMeetShutsItForAll() {
    dearIsRefused();
    later(2_000);
    assertTrue(gate.pass("cheap").orElseThrow().refused(refusal(Code.PROVIDER_QUOTA), TWO_SECONDS));
    assertEquals(Gate.State.SHUT, gate.look().state());
  }

  @Test
  void manyKindsTakeNoMoreMemoryThanFew() {
    gate.pass("first").orElseThrow().refused(refusal(Code.PROVIDER_AUTH), TWO_SECONDS);
    for (int i = 0; i < 64; i++) {
      later(TimeUnit.HOURS.toMillis(2));
      gate.pass("kind-" + i).orElseThrow().refused(refusal(Code.PROVIDER_AUTH), TWO_SECONDS);
    }
    assertTrue(gate.waiting("first").isEmpty());
    assertTrue(gate.waiting("kind-63").isPresent());
  }
}
