package dev.computeserver.conformance;

import dev.computeserver.conformance.Recording.Stage;
import dev.computeserver.support.FakeProvider.Behaviour;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Set;

/** One day at a provider: what goes wrong, where and how often, and how the task that meets it must end. */
final class Day {
  static final int FOREVER = 1_000_000;

  final String name;
  final JsonObject tweak = new JsonObject();
  Stage stage;
  Behaviour bad;
  int times;
  boolean runsOn;
  boolean found;
  boolean unlisted;
  Stage cancelAt;
  Map<String, String> lies = Map.of();
  Shape shape;
  boolean untilRenewed;
  /** What {@link #bad} answers, where that is from the recording. */
  Recording.Recorded recorded;
  boolean otherFacts;

  Set<String> statuses = Set.of("completed");
  Set<String> codes = Set.of();
  Set<String> charged = Set.of("yes");
  int submits = 1;
  int moreSubmits;
  int attempts = 1;
  int fewestAttempts = 1;
  boolean alone;
  /** Of the error; null where it does not matter. */
  Boolean retryable;

  private Day(String name) {
    this.name = "day-" + name;
  }

  /** A good day, unless more is said. */
  static Day of(String name) {
    return new Day(name);
  }

  /** The first so many requests of a stage get this. */
  Day at(Stage where, int often, Behaviour how) {
    stage = where;
    times = often;
    bad = how;
    return this;
  }

  /** The same with a reply of the recording's. */
  Day at(Stage where, int often, Recording.Recorded how) {
    recorded = how;
    return at(where, often, Script.plain(how));
  }

  /** The first so many good replies of a stage come in another shape. */
  Day shaped(Stage where, int often, Shape how) {
    stage = where;
    times = often;
    shape = how;
    return this;
  }

  /** The reply tells other facts, or lacks some that nobody needs: so may the result. */
  Day tellingOtherFacts() {
    otherFacts = true;
    return this;
  }

  /** Each file answers like this until the job has been asked for its result once more. */
  Day untilRenewed(Behaviour how) {
    stage = Stage.FILE;
    bad = how;
    untilRenewed = true;
    return this;
  }

  /** A field of the task. */
  Day asking(String field, Object value) {
    tweak.put(field, value);
    return this;
  }

  /** The job never ends by itself. */
  Day runningOn() {
    runsOn = true;
    return this;
  }

  /** The provider has taken the job though the reply to the submit is lost. */
  Day taken() {
    found = true;
    return this;
  }

  /** No list of the provider's holds its job. */
  Day unlisted() {
    unlisted = true;
    return this;
  }

  /** The client cancels as soon as the stage is reached. */
  Day cancelledAt(Stage where) {
    cancelAt = where;
    statuses = Set.of("cancelled");
    return this;
  }

  /** A placeholder is something else in all replies. */
  Day lying(String placeholder, String lie) {
    lies = Map.of(placeholder, lie);
    return this;
  }

  Day fails(String... any) {
    statuses = Set.of("failed");
    codes = Set.of(any);
    return this;
  }

  /** A tolerant reader may make do with what it gets. */
  Day orCompletes() {
    statuses = Set.of("failed", "completed");
    return this;
  }

  /** What the first attempt's {@code charged} may be. */
  Day charged(String... any) {
    charged = Set.of(any);
    return this;
  }

  Day submits(int exactly) {
    submits = exactly;
    return this;
  }

  /** It may be sent so often again, since nothing was taken for sure. */
  Day mayRepeat(int more) {
    moreSubmits = more;
    return this;
  }

  Day attempts(int exactly) {
    return attempts(exactly, exactly);
  }

  Day attempts(int fewest, int most) {
    fewestAttempts = fewest;
    attempts = most;
    return this;
  }

  /** Whether its error says that the same may work later. */
  Day retryable(boolean may) {
    retryable = may;
    return this;
  }

  /** What it meets shuts the provider's gate: all others would wait for it. */
  Day alone() {
    alone = true;
    return this;
  }

  @Override
  public String toString() {
    return name;
  }

  /** Makes an odd reply of a good one. */
  interface Shape {
    Behaviour of(int status, String contentType, Buffer body);
  }
}
