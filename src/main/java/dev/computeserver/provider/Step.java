package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** What a provider's reply means. */
public sealed interface Step {

  /**
   * The job is known and has not ended.
   *
   * @param progress {@code percent}, {@code queue_position}, {@code message}, those that are known; or null
   */
  record Waiting(Job job, JsonObject progress) implements Step {
  }

  /**
   * Jobs that look like the one that is looked for; which of them other tasks have is not the processor's to know.
   *
   * @param jobs the likeliest first
   * @param more asks for further ones, should none of these be free; or null
   * @param onlyIfSole whether a free one is ours only where no other is free
   */
  record Found(List<Job> jobs, Exchange more, boolean onlyIfSole) implements Step {
    public Found {
      jobs = List.copyOf(jobs);
    }

    /** These, or without any the way to further ones, or none. */
    static Step of(List<Job> jobs, Exchange more) {
      return !jobs.isEmpty() ? new Found(jobs, more, false) : more == null ? new NotFound() : new Then(more);
    }
  }

  /** One more request is needed, which is safe to repeat. */
  record Then(Exchange exchange) implements Step {
  }

  /**
   * The provider has finished.
   *
   * @param media the files to fetch, in the provider's order; may be empty. One that is {@link Media#missing} costs the others nothing;
   *     of more than {@value #MOST_FILES} the rest is missing
   * @param result what is data rather than a file, or null
   */
  record Done(List<Media> media, JsonObject result) implements Step {
    /** A film in single pictures has as many; each is a download, a row and a line in the answer. */
    static final int MOST_FILES = 1_000;

    public Done {
      media = media.size() <= MOST_FILES ? List.copyOf(media) : first(media);
    }

    private static List<Media> first(List<Media> all) {
      List<Media> kept = new ArrayList<>(all.subList(0, MOST_FILES - 1));
      kept.add(Media.missing((all.size() - kept.size()) + " more files are not stored: a task has at most " + MOST_FILES));
      return List.copyOf(kept);
    }
  }

  /**
   * The provider refused or failed.
   *
   * @param retryable whether the same request may work later
   * @param httpStatus what it answered, or null
   * @param charged whether it takes money for it
   * @param empty whether no failure is told: it is done, and paid for, but nothing of what was to be made is there, at least not yet
   */
  record Failed(TaskError.Code code, String message, boolean retryable, Integer httpStatus, Charged charged, boolean empty) implements Step {
    /** As the provider tells it. */
    Failed(TaskError.Code code, String message, boolean retryable, Integer httpStatus, Charged charged) {
      this(code, message, retryable, httpStatus, charged, false);
    }

    /** Done and without a result; to have it made again would be paid for again. */
    static Failed empty(String message, Integer httpStatus, Charged charged) {
      return new Failed(TaskError.Code.PROVIDER_FAILED, message, false, httpStatus, charged, true);
    }
  }

  /**
   * The answer to a cancel.
   *
   * @param charged what the provider takes for the job once it has ended: {@code NO} where it never ran
   */
  record Cancelling(Charged charged) implements Step {
  }

  /**
   * An input is at the provider.
   *
   * @param reference what stands for it in the submit: a name, an id or a link
   */
  record Uploaded(String reference) implements Step {
  }

  /**
   * The reply decides nothing yet: the same is asked again, after the pause that the provider names or the usual one.
   *
   * @param why for the log and, should time run out, the error
   */
  record Again(String why) implements Step {
  }

  /** The provider knows of no such job, at least not yet. */
  record NotFound() implements Step {
  }
}
