package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderType;
import io.vertx.core.json.JsonObject;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.Map;

/**
 * One accepted job. Its phase follows from the clock alone:
 * <pre>
 *   QUEUED  --queue_ms-->  RUNNING  --duration_ms-->  DONE
 *      \--- cancel (at once) / cancel (a moment later) ---> CANCELLED
 * </pre>
 */
final class SandboxJob {

  enum Phase { QUEUED, RUNNING, DONE, CANCELLED }

  /** What the provider's side knew when it accepted; {@code facts} are its own notes, few and short. */
  record Ticket(String id, ProviderType provider, String model, Submission submission, Map<String, String> facts) {
    Ticket {
      facts = Map.copyOf(facts);
    }
  }

  static final int PLACES = 3;
  private static final long DAY_MS = 86_400_000;
  /** How long a running job takes to obey a cancel. */
  static final long CANCEL_MS = 200;

  private final Ticket ticket;
  private final Fault fault;
  private final long acceptedAt;
  private final long startsAt;
  private long endsAt;
  private boolean cancelled;
  private Reply reply;

  SandboxJob(Ticket ticket, Fault fault, long acceptedAt) {
    this.ticket = ticket;
    this.fault = fault;
    this.acceptedAt = acceptedAt;
    Wish wish = ticket.submission().wish();
    this.startsAt = acceptedAt + wish.queueMs();
    // A hanging job is forgotten like any other, after a day.
    this.endsAt = startsAt + (fault == Fault.HANG ? DAY_MS : wish.durationMs());
  }

  String id() {
    return ticket.id();
  }

  ProviderType provider() {
    return ticket.provider();
  }

  String model() {
    return ticket.model();
  }

  Wish wish() {
    return ticket.submission().wish();
  }

  String inputHash() {
    return ticket.submission().hash();
  }

  /** The body as submitted. Parsing a big one takes a while: not for a loop over many jobs. */
  JsonObject input() {
    return new JsonObject(Buffer.buffer(ticket.submission().bytes()));
  }

  int inputBytes() {
    return ticket.submission().bytes().length;
  }

  String fact(String name) {
    return ticket.facts().get(name);
  }

  /** The fault of its outcome, or null. */
  Fault fault() {
    return fault;
  }

  Instant acceptedAt() {
    return Instant.ofEpochMilli(acceptedAt);
  }

  Instant startsAt() {
    return Instant.ofEpochMilli(startsAt);
  }

  Instant endsAt() {
    return Instant.ofEpochMilli(endsAt);
  }

  Phase phase(Instant now) {
    long at = now.toEpochMilli();
    if (at >= endsAt) {
      return cancelled ? Phase.CANCELLED : Phase.DONE;
    }
    return at < startsAt ? Phase.QUEUED : Phase.RUNNING;
  }

  boolean over(Instant now) {
    return now.toEpochMilli() >= endsAt;
  }

  /** Whether it ever ran, or will have by then. */
  boolean started(Instant now) {
    return now.toEpochMilli() >= startsAt && endsAt >= startsAt;
  }

  /** How many jobs stand before it, falling to 0 while it waits. */
  int place(Instant now) {
    long left = startsAt - now.toEpochMilli();
    long whole = startsAt - acceptedAt;
    return left <= 0 || whole == 0 ? 0 : (int) (PLACES * left / whole);
  }

  /** The part of the run that is done, 0 to 1. */
  double progress(Instant now) {
    long whole = Math.max(1, endsAt - startsAt);
    return Math.max(0, Math.min(1, (now.toEpochMilli() - startsAt) / (double) whole));
  }

  /** Ends it early: a queued one now, a running one a moment later; without effect on one that is over. */
  void cancel(Instant now) {
    Phase phase = phase(now);
    if (phase == Phase.QUEUED) {
      cancelled = true;
      endsAt = now.toEpochMilli();
    } else if (phase == Phase.RUNNING && !cancelled) {
      cancelled = true;
      endsAt = Math.min(endsAt, now.toEpochMilli() + CANCEL_MS);
    }
  }

  /** The kept answer to a question for the result, or null. */
  Reply reply() {
    return reply;
  }

  /** Keeps a small answer; a big one is made again when asked for. */
  Reply keep(Reply made) {
    if (made.body().length() <= 16 * 1024) {
      reply = made;
    }
    return made;
  }
}
