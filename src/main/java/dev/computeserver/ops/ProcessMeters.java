package dev.computeserver.ops;

import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What can be told of the process itself: its build, its age, and what the JVM uses. */
public final class ProcessMeters {
  private static final String BUILD = "build.properties";

  private ProcessMeters() {
  }

  /** Makes the meters. */
  public static void watch(MeterRegistry registry) {
    Gauge.builder("compute.build.info", () -> 1).description("The version that runs, always 1").tag("version", version()).register(registry);
    long startedAt = ManagementFactory.getRuntimeMXBean().getStartTime();
    gauge(registry, "compute.uptime.seconds", "Age of the process", () -> (System.currentTimeMillis() - startedAt) / 1_000.0);
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    gauge(registry, "compute.jvm.heap.used.bytes", "Heap in use", () -> memory.getHeapMemoryUsage().getUsed());
    gauge(registry, "compute.jvm.heap.max.bytes", "What the heap may grow to", () -> memory.getHeapMemoryUsage().getMax());
    gauge(registry, "compute.jvm.nonheap.used.bytes", "Memory of the JVM outside its heap", () -> memory.getNonHeapMemoryUsage().getUsed());
    gauge(registry, "compute.jvm.threads", "Live threads", () -> ManagementFactory.getThreadMXBean().getThreadCount());
    ManagementFactory.getGarbageCollectorMXBeans().forEach(collector -> FunctionTimer.builder("compute.jvm.gc", collector,
            GarbageCollectorMXBean::getCollectionCount, GarbageCollectorMXBean::getCollectionTime, TimeUnit.MILLISECONDS)
        .description("Collections of garbage and the time that they took").tag("collector", collector.getName()).register(registry));
  }

  private static void gauge(MeterRegistry registry, String name, String help, Supplier<Number> value) {
    Gauge.builder(name, value).description(help).register(registry);
  }

  private static String version() {
    Properties build = new Properties();
    try (InputStream in = ProcessMeters.class.getClassLoader().getResourceAsStream(BUILD)) {
      build.load(in);
    } catch (IOException unreadable) {
      throw new IllegalStateException("the packaged file " + BUILD + " cannot be read", unreadable);
    }
    return build.getProperty("version");
  }
}
