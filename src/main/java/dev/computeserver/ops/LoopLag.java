package dev.computeserver.ops;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.concurrent.TimeUnit;

/** Measures how late the event loop is on which it runs; deployed once for each loop. */
public final class LoopLag extends VerticleBase {
  private static final long EVERY_MILLIS = 500;

  private final Timer lag;

  public LoopLag(MeterRegistry registry) {
    lag = Timer.builder("compute.event.loop.lag").description("How late a timer fires: something held an event loop for so long")
        .register(registry);
  }

  @Override
  public Future<?> start() {
    arm();
    return Future.succeededFuture();
  }

  private void arm() {
    long due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(EVERY_MILLIS);
    vertx.setTimer(EVERY_MILLIS, fired -> {
      lag.record(Math.max(0, System.nanoTime() - due), TimeUnit.NANOSECONDS);
      arm();
    });
  }
}
