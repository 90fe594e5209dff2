package dev.computeserver.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the CPU time and the memory of a server's JVM and of its embedded PostgreSQL and Redis. */
final class CpuClock {

  /** CPU spent up to {@code atNanos} (monotonic), in ms, to the 10 ms that Linux counts in. */
  record Reading(double server, double postgres, double redis, long atNanos) {

    /** What was spent between an earlier reading and this one; {@code atNanos} is then the time between them. */
    Reading since(Reading earlier) {
      return new Reading(server - earlier.server, postgres - earlier.postgres, redis - earlier.redis,
          atNanos - earlier.atNanos);
    }

    /** Of a difference: this much CPU in percent of one core. */
    double percentOfCore(double cpuMillis) {
      return cpuMillis / (atNanos / 1e6) * 100;
    }
  }

  private static final double TICK_MILLIS = 10;
  private static final double KIB_PER_MIB = 1024;

  private final long serverPid;
  private final Path dataFolder;

  CpuClock(long serverPid, Path dataFolder) {
    this.serverPid = serverPid;
    this.dataFolder = dataFolder;
  }

  /** CPU in ms that one process has spent so far; 0 when it has gone. */
  static double millis(long pid) {
    ProcessTree.Entry entry = ProcessTree.read(pid);
    return entry == null ? 0 : entry.ticks() * TICK_MILLIS;
  }

  Reading read() {
    double server = 0;
    double postgres = 0;
    double redis = 0;
    for (ProcessTree.Entry entry : ProcessTree.of(serverPid, dataFolder)) {
      if (entry.pid() == serverPid) {
        server = entry.ticks() * TICK_MILLIS;
      } else if (entry.name().startsWith("postgres")) {
        // A connection that ended counts on in its parent's sum of ended children.
        postgres += (entry.ticks() + entry.childTicks()) * TICK_MILLIS;
      } else if (entry.name().startsWith("redis")) {
        redis += entry.ticks() * TICK_MILLIS;
      }
    }
    return new Reading(server, postgres, redis, System.nanoTime());
  }

  /** The memory that the server's JVM occupies now, in MiB; NaN when it has gone. */
  double residentMib() {
    return statusMib("VmRSS:");
  }

  /** The most memory that the server's JVM ever occupied, in MiB; NaN when it has gone. */
  double peakResidentMib() {
    return statusMib("VmHWM:");
  }

  private double statusMib(String field) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc", Long.toString(serverPid), "status"))) {
        if (line.startsWith(field)) {
          return Long.parseLong(line.replaceAll("\\D", "")) / KIB_PER_MIB;
        }
      }
    } catch (IOException e) {
      return Double.NaN;
    }
    return Double.NaN;
  }
}
