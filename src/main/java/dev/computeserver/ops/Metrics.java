package dev.computeserver.ops;

import dev.computeserver.task.TaskEvent;
import dev.computeserver.task.TaskStatus;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The owner of a node's meters. Names and labels are listed in the README under "Watching it"; a label's values are words
 * of the catalogue or names from the settings, never what a client or a provider sent. Any thread may use it.
 */
public final class Metrics {
  /** What {@link #text} is in. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Map<Kind, Counter> events = new ConcurrentHashMap<>();
  private final Map<Failure, Counter> failures = new ConcurrentHashMap<>();

  /** Where meters are made by those who count. */
  public MeterRegistry registry() {
    return registry;
  }

  /** A value that is looked at when somebody asks; the supplier may be called on any thread. */
  public void gauge(String name, String help, Supplier<Number> value) {
    Gauge.builder(name, value).description(help).register(registry);
  }

  /** The same for what is true or not: 1 or 0. */
  public void flag(String name, String help, Supplier<Boolean> value) {
    gauge(name, help, () -> value.get() ? 1 : 0);
  }

  /** Counts the events of a commit of this node. */
  public void count(TaskEvent.Batch batch) {
    for (TaskEvent event : batch.events()) {
      // A task's first event is its accept; later it may be queued again.
      String type = event.seq() == 1 ? "accepted" : event.type();
      events.computeIfAbsent(new Kind(type, event.provider(), event.capability()), this::eventsOf).increment();
      if (TaskStatus.FAILED.is(event.status()) && event.error() != null) {
        failures.computeIfAbsent(new Failure(event.provider(), event.error().getString("code")), this::failuresOf).increment();
      }
    }
  }

  private Counter eventsOf(Kind kind) {
    return Counter.builder("compute.task.events").description("Status changes and progress reports that this node committed")
        .tags("type", kind.type, "provider", kind.provider, "capability", kind.capability).register(registry);
  }

  private Counter failuresOf(Failure failure) {
    return Counter.builder("compute.task.failures").description("Tasks that ended as failed on this node, by error code")
        .tags("provider", failure.provider, "code", failure.code).register(registry);
  }

  /** All meters as Prometheus reads them. */
  public String text() {
    return registry.scrape();
  }

  private record Kind(String type, String provider, String capability) {
  }

  private record Failure(String provider, String code) {
  }
}
