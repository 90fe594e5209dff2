package dev.computeserver.bench;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Keeps a number of tasks unfinished: a new one is posted when one ends. All its state lives on the event loop. */
final class ClosedLoop {

  private static final long LATER_MILLIS = 100;

  private final Rig rig;
  private final int total;
  private final int window;
  private final String name;
  private final Countdown left;
  private final AtomicInteger failed = new AtomicInteger();
  private int started;
  private int unfinished;
  private int posting;
  private int turnedAway;

  /**
   * @param name the start of each task's prompt, which ends with its number
   * @param total how many tasks to run
   * @param window how many may be unfinished at a time
   */
  ClosedLoop(Rig rig, String name, int total, int window) {
    this.rig = rig;
    this.name = name;
    this.total = total;
    this.window = window;
    this.left = new Countdown(total);
  }

  /** Done when all tasks have ended, however they did. */
  Future<Void> start() {
    rig.vertx().runOnContext(now -> pump());
    return left.done();
  }

  long left() {
    return left.left();
  }

  /** Tasks that ended otherwise than completed, or were refused for good. */
  int failed() {
    return failed.get();
  }

  /** Posts answered with 429 or 503, which were sent again. */
  int turnedAway() {
    return turnedAway;
  }

  private void pump() {
    while (started < total && unfinished < window && posting < Api.CONNECTIONS) {
      post(started++);
      unfinished++;
    }
  }

  private void post(int number) {
    posting++;
    rig.api().submit(Rig.taskBody(name + "-" + number)).onComplete(answer -> posted(number, answer));
  }

  private void posted(int number, AsyncResult<String> answer) {
    posting--;
    if (answer.succeeded()) {
      rig.live().expect(answer.result(), ended -> ended(ended.completed()));
    } else if (answer.cause() instanceof Api.Refused refused && refused.later()) {
      turnedAway++;
      rig.vertx().setTimer(LATER_MILLIS, timer -> post(number));
    } else {
      System.err.println("A task was not accepted: " + answer.cause().getMessage());
      ended(false);
    }
    pump();
  }

  private void ended(boolean completed) {
    if (!completed) {
      failed.incrementAndGet();
    }
    unfinished--;
    left.step();
    pump();
  }
}
