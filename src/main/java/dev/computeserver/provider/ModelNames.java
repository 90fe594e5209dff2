package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Asks providers for their own names of models, and remembers the 1,000 latest answers for ten minutes. */
final class ModelNames {
  private static final int MOST = 1_000;
  private static final long KEPT_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final Map<String, Known> known = new LinkedHashMap<>() {
    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
      return size() > MOST;
    }
  };

  /** The submission with the provider's name of its model; fails with {@link NotSubmitted} where it cannot be had. */
  Future<Submission> named(Submission submission, ProviderProcessor processor, Sender sender) {
    Optional<Exchange> lookUp = processor.lookUp(submission.capability(), submission.model());
    if (lookUp.isEmpty()) {
      return Future.succeededFuture(submission);
    }
    String key = submission.capability().word() + " " + lookUp.get().target();
    Known before = known.get(key);
    if (before != null && System.nanoTime() - before.at < KEPT_NANOS) {
      return Future.succeededFuture(submission.named(before.name));
    }
    return sender.send(lookUp.get()).map(answer -> {
      Optional<String> told = told(lookUp.get(), answer);
      told.ifPresent(name -> {
        known.remove(key);
        known.put(key, new Known(name, System.nanoTime()));
      });
      return submission.named(told.or(() -> processor.usualName(submission.capability(), submission.model()))
          .orElseThrow(() -> missing(submission, processor, answer)));
    });
  }

  private static Optional<String> told(Exchange lookUp, Sender.Answer answer) {
    try {
      return answer instanceof Sender.Replied replied && replied.reply().ok()
          ? Optional.of(((Step.Uploaded) lookUp.reader().apply(replied.reply())).reference()) : Optional.empty();
    } catch (InvalidInput definite) {
      throw definite;
    } catch (RuntimeException unreadable) {
      return Optional.empty();
    }
  }

  private static RuntimeException missing(Submission submission, ProviderProcessor processor, Sender.Answer answer) {
    if (answer instanceof Sender.Replied replied && replied.reply().status() == 404) {
      return InvalidInput.model(submission.model() + " is unknown to " + processor.providerType().word()
          + "; correct its name");
    }
    String where = "model " + submission.model() + " could not be looked up at " + processor.providerType().word();
    if (answer instanceof Sender.Replied replied && !replied.reply().ok()) {
      Step.Failed refused = processor.refused(replied.reply());
      boolean account = Gate.isAboutAccount(refused.code());
      return new NotSubmitted(new Step.Failed(account ? refused.code() : Code.PROVIDER_UNAVAILABLE, where + ": " + refused.message(), !account,
          refused.httpStatus(), Charged.NO), processor.retryAfter(replied.reply()));
    }
    return new NotSubmitted(new Step.Failed(Code.PROVIDER_UNAVAILABLE, where + (answer instanceof Sender.Replied ? ", whose reply could not be read"
        : ", which does not answer"), true, null, Charged.NO));
  }

  private record Known(String name, long at) {
  }
}
