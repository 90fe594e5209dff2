package dev.computeserver.provider;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderType;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Times a provider's requests by what came of them, from the first byte sent to the last received. */
final class RequestTimers {
  private final Map<Outcome, Timer> timers = new EnumMap<>(Outcome.class);

  RequestTimers(MeterRegistry registry, ProviderType type) {
    for (Outcome outcome : Outcome.values()) {
      timers.put(outcome, Timer.builder("compute.provider.requests").description("Requests to a provider, by what came of them")
          .tags("provider", type.word(), "outcome", outcome.word()).register(registry));
    }
  }

  /** Counts an answer to a request that began at {@code began}, in the time of {@link System#nanoTime}. */
  void record(Sender.Answer answer, long began) {
    timers.get(of(answer)).record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
  }

  private static Outcome of(Sender.Answer answer) {
    if (answer instanceof Sender.Replied replied) {
      int status = replied.reply().status();
      return status >= 500 ? Outcome.FAULT : status == 429 ? Outcome.RATE_LIMITED : status >= 300 ? Outcome.REFUSED : Outcome.OK;
    }
    return answer instanceof Sender.NotSent ? Outcome.NOT_SENT : Outcome.LOST;
  }

  private enum Outcome implements Named {
    /** 2xx. */
    OK,
    /** 3xx and 4xx. */
    REFUSED,
    /** 429. */
    RATE_LIMITED,
    /** 5xx. */
    FAULT,
    /** No connection. */
    NOT_SENT,
    /** Sent, and no whole reply came. */
    LOST
  }
}
