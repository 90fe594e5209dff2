package dev.computeserver.ops;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.concurrent.TimeUnit;

/** Measures how late the event loop is on which it runs, and tells the watchdog that it runs at all; deployed once for each loop. */
public final class LoopLag extends VerticleBase {
  private static final long EVERY_MILLIS = 500;

  private final Timer lag;
  private final Watchdog watchdog;
  private Watchdog.Loop loop;

  public LoopLag(MeterRegistry registry, Watchdog watchdog) {
    this.watchdog = watchdog;
    lag = Timer.builder("compute.event.loop.lag").description("How late a timer fires: something held an event loop for so long")
        .register(registry);
  }

  @Override
  public Future<?> start() {
    loop = watchdog.watch();
    arm();
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    loop.forget();
    return Future.succeededFuture();
  }

  private void arm() {
    long due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(EVERY_MILLIS);
    vertx.setTimer(EVERY_MILLIS, fired -> {
      loop.beat();
      lag.record(Math.max(0, System.nanoTime() - due), TimeUnit.NANOSECONDS);
      arm();
    });
  }
}
