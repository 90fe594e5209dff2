package dev.computeserver.task;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderType;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * What changes in a task's life. A state is never edited: each step makes the next state, and the store writes it only
 * where the task's fence and status are still those of the state before. The words that a node of a newer version may have written
 * are text; who needs to know what they mean asks for {@link #status}, {@link #phase} and {@link #provider}.
 *
 * @param attempt number of the present attempt, 0 before the first
 * @param triesLeft attempts that may still begin, the present one included
 * @param fence grows with each change of owner
 * @param seq the newest event's
 * @param owner the node that runs it, or null
 * @param job what is needed to go on with the provider's job, or null
 * @param error the newest, or null
 * @param dueAt not to be claimed before
 * @param deadlineAt end of the task's life
 */
public record TaskState(
    @JsonProperty("status") String statusWord, @JsonProperty("phase") String phaseWord, String queue,
    @JsonProperty("provider") String providerWord, String model, int attempt, int triesLeft,
    int fence, int seq, UUID owner, String externalId, JsonObject job, TaskError error, Instant dueAt, Instant deadlineAt,
    Instant attemptStartedAt, Instant startedAt, Instant completedAt, boolean cancelRequested) {

  public TaskState(TaskStatus status, Phase phase, String queue, ProviderType provider, String model, int attempt, int triesLeft,
      int fence, int seq, UUID owner, String externalId, JsonObject job, TaskError error, Instant dueAt, Instant deadlineAt,
      Instant attemptStartedAt, Instant startedAt, Instant completedAt, boolean cancelRequested) {
    this(status.word(), word(phase), queue, provider.word(), model, attempt, triesLeft, fence, seq, owner, externalId, job, error, dueAt,
        deadlineAt, attemptStartedAt, startedAt, completedAt, cancelRequested);
  }

  private static String word(Phase phase) {
    return phase == null ? null : phase.word();
  }

  /** Throws {@link java.util.NoSuchElementException} where this version does not know it, as do the next two. */
  public TaskStatus status() {
    return Named.known(TaskStatus.class, statusWord);
  }

  /** Null unless it is processing. */
  public Phase phase() {
    return phaseWord == null ? null : Named.known(Phase.class, phaseWord);
  }

  public ProviderType provider() {
    return Named.known(ProviderType.class, providerWord);
  }

  /** From now on the provider may have been asked. */
  public TaskState submitting(JsonObject intent) {
    return edit(next -> {
      next.phase = Phase.SUBMITTING.word();
      next.job = Storable.document(intent);
    });
  }

  public TaskState submitted(String id, JsonObject knownJob) {
    return edit(next -> {
      next.phase = Phase.SUBMITTED.word();
      next.externalId = id;
      next.job = Storable.document(knownJob);
    });
  }

  public TaskState storing(JsonObject document) {
    return edit(next -> {
      next.phase = Phase.STORING.word();
      next.job = Storable.document(document);
    });
  }

  public TaskState completed(Instant now) {
    return ended(TaskStatus.COMPLETED, null, now);
  }

  public TaskState failed(TaskError why, Instant now) {
    return ended(TaskStatus.FAILED, why, now);
  }

  public TaskState cancelled(Instant now) {
    return ended(TaskStatus.CANCELLED, null, now);
  }

  /**
   * Back to the queue for another attempt, here or at another provider.
   *
   * @param tries that may still begin
   */
  public TaskState requeued(Place place, int tries, TaskError why, Instant due) {
    return edit(next -> {
      next.backToQueue();
      next.queue = place.queue();
      next.provider = place.provider().word();
      next.model = place.model();
      next.triesLeft = tries;
      next.error = why;
      next.dueAt = due;
    });
  }

  /**
   * Back to the queue as if it had never been claimed: the attempt is not counted.
   *
   * @param waits what is to be known of it while it waits, or null
   */
  public TaskState unclaimed(JsonObject waits) {
    return edit(next -> {
      next.backToQueue();
      next.attempt = attempt - 1;
      next.job = waits;
    });
  }

  /** The same for one that its provider takes nothing of now: it waits there, or goes on at another place. */
  public TaskState deferred(Place place, TaskError why, JsonObject waits, Instant due) {
    return unclaimed(waits).edit(next -> {
      next.queue = place.queue();
      next.provider = place.provider().word();
      next.model = place.model();
      next.error = why;
      next.dueAt = due;
    });
  }

  /** A submit was refused for sure: nothing is under way, it may be sent again. */
  public TaskState claimedAgain(JsonObject waits) {
    return edit(next -> {
      next.phase = Phase.CLAIMED.word();
      next.job = waits;
    });
  }

  /** Handed over while the provider's job runs on: the next node to look takes it. */
  public TaskState released() {
    return edit(next -> next.owner = null);
  }

  /** The same in another queue, which its provider has been given since it was accepted. */
  public TaskState movedTo(String other) {
    return edit(next -> next.queue = other);
  }

  /** Started again because a client asked, with all its attempts and its whole time. */
  public TaskState revived(Place place, int tries, Instant now, Instant deadline) {
    return edit(next -> {
      next.backToQueue();
      next.queue = place.queue();
      next.provider = place.provider().word();
      next.model = place.model();
      next.triesLeft = tries;
      next.error = null;
      next.dueAt = now;
      next.deadlineAt = deadline;
      next.completedAt = null;
      next.cancelRequested = false;
    });
  }

  public TaskState cancelling() {
    return edit(next -> next.cancelRequested = true);
  }

  /** After a progress event, which does not touch the task's row. */
  public TaskState told() {
    return countedTo(seq + 1);
  }

  /** With the newest event's {@code seq}, where that is not known to be older. */
  public TaskState countedTo(int newest) {
    return edit(next -> next.seq = Math.max(seq, newest));
  }

  private TaskState ended(TaskStatus how, TaskError why, Instant now) {
    return edit(next -> {
      next.status = how.word();
      next.phase = null;
      next.owner = null;
      next.job = null;
      next.error = why;
      next.completedAt = now;
    });
  }

  private TaskState edit(Consumer<Draft> change) {
    Draft next = new Draft(this);
    change.accept(next);
    if (!next.status.equals(statusWord)) {
      next.seq = seq + 1;
    }
    return next.state();
  }

  /** Where a task runs. */
  public record Place(ProviderType provider, String model, String queue) {
  }

  /** A state being made; lives only inside {@link #edit}. */
  private static final class Draft {
    private final TaskState from;
    private String status;
    private String phase;
    private String queue;
    private String provider;
    private String model;
    private int attempt;
    private int triesLeft;
    private int seq;
    private UUID owner;
    private String externalId;
    private JsonObject job;
    private TaskError error;
    private Instant dueAt;
    private Instant deadlineAt;
    private Instant completedAt;
    private boolean cancelRequested;

    Draft(TaskState from) {
      this.from = from;
      status = from.statusWord;
      phase = from.phaseWord;
      queue = from.queue;
      provider = from.providerWord;
      model = from.model;
      attempt = from.attempt;
      triesLeft = from.triesLeft;
      seq = from.seq;
      owner = from.owner;
      externalId = from.externalId;
      job = from.job;
      error = from.error;
      dueAt = from.dueAt;
      deadlineAt = from.deadlineAt;
      completedAt = from.completedAt;
      cancelRequested = from.cancelRequested;
    }

    void backToQueue() {
      status = TaskStatus.QUEUED.word();
      phase = null;
      owner = null;
      externalId = null;
      job = null;
    }

    TaskState state() {
      return new TaskState(status, phase, queue, provider, model, attempt, triesLeft, from.fence, seq, owner, externalId, job,
          error, dueAt, deadlineAt, from.attemptStartedAt, from.startedAt, completedAt, cancelRequested);
    }
  }
}
