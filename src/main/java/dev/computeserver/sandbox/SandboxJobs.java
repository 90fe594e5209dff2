package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.sandbox.SandboxJob.Ticket;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The job book of all providers: bounded in jobs and in bytes of input. Jobs that are over stay for ten minutes, or for one where others
 * need their room.
 */
final class SandboxJobs {

  static final int MAX_JOBS = 200_000;
  private static final long MAX_INPUT_BYTES = Math.min(512L << 20, Runtime.getRuntime().maxMemory() / 8);
  static final long KEPT_MS = 600_000;
  private static final long KEPT_IN_NEED_MS = 60_000;

  private record Entry(long number, SandboxJob job, long due) { }

  private final InstantSource clock;
  private final FaultCounts faults;
  private final int maxJobs;
  private final Map<String, Entry> byId = new HashMap<>();
  private final NavigableMap<Long, SandboxJob> byNumber = new TreeMap<>();
  private final PriorityQueue<Entry> drops = new PriorityQueue<>(Comparator.comparingLong(Entry::due));
  private final Map<ProviderType, Long> accepted = new EnumMap<>(ProviderType.class);
  private long inputBytes;
  private long last;

  SandboxJobs(InstantSource clock, FaultCounts faults, int maxJobs) {
    this.clock = clock;
    this.faults = faults;
    this.maxJobs = maxJobs;
  }

  /** Books a job; empty where the book is full, which the provider's side answers with its own 429. */
  Optional<SandboxJob> accept(Ticket ticket) {
    dropOld();
    int bytes = ticket.submission().bytes().length;
    while (inputBytes + bytes > MAX_INPUT_BYTES && !drops.isEmpty() && drops.peek().due() - KEPT_MS + KEPT_IN_NEED_MS <= clock.millis()) {
      drop(drops.poll());
    }
    if (byId.size() >= maxJobs || inputBytes + bytes > MAX_INPUT_BYTES) {
      return Optional.empty();
    }
    Wish wish = ticket.submission().wish();
    String key = ticket.provider().word() + "/" + ticket.submission().hash();
    Fault fault = faults.strike(wish, Fault.Stage.OUTCOME, key).orElse(null);
    SandboxJob job = new SandboxJob(ticket, fault, clock.millis());
    Entry entry = new Entry(++last, job, dueOf(job));
    byId.put(job.id(), entry);
    byNumber.put(entry.number(), job);
    drops.add(entry);
    inputBytes += bytes;
    accepted.merge(job.provider(), 1L, Long::sum);
    return Optional.of(job);
  }

  Optional<SandboxJob> find(String id) {
    dropOld();
    return Optional.ofNullable(byId.get(id)).map(Entry::job);
  }

  /** Cancels and sees to it that the job is forgotten in time. */
  void cancel(SandboxJob job) {
    job.cancel(clock.instant());
    Entry entry = byId.get(job.id());
    if (entry != null && dueOf(job) < entry.due()) {
      drops.add(new Entry(entry.number(), job, dueOf(job)));
    }
  }

  /** The fault of a stage after the submission that is due now. */
  Optional<Fault> strike(SandboxJob job, Fault.Stage stage) {
    return faults.strike(job.wish(), stage, job.id());
  }

  /** All jobs in the book, the latest first. */
  Stream<SandboxJob> latest() {
    dropOld();
    return byNumber.descendingMap().values().stream();
  }

  /** How many submissions of a provider were accepted since the start. */
  long accepted(ProviderType provider) {
    return accepted.getOrDefault(provider, 0L);
  }

  int size() {
    return byId.size();
  }

  Instant now() {
    return clock.instant();
  }

  private static long dueOf(SandboxJob job) {
    return job.endsAt().toEpochMilli() + KEPT_MS;
  }

  private void dropOld() {
    long now = clock.millis();
    while (!drops.isEmpty() && drops.peek().due() <= now) {
      drop(drops.poll());
    }
  }

  private void drop(Entry entry) {
    if (byId.remove(entry.job().id()) != null) {
      byNumber.remove(entry.number());
      inputBytes -= entry.job().inputBytes();
    }
  }
}
