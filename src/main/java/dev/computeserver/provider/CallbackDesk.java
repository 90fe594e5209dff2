package dev.computeserver.provider;

import dev.computeserver.bus.Bus;
import dev.computeserver.callback.Keys;
import dev.computeserver.callback.Scheme;
import dev.computeserver.callback.Signed;
import dev.computeserver.callback.Source;
import dev.computeserver.callback.Verdict;
import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.ProviderConfig;
import dev.computeserver.config.Secret;
import dev.computeserver.task.ReportedJobs;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what providers report. Whatever is not known to be somebody else's is a hint to look at the job; what is known to be
 * the provider's own is evidence too: where the reply to the submit has not come, its job is kept before anybody is told.
 * Used on one event loop only.
 */
public final class CallbackDesk {
  private static final Logger LOG = LoggerFactory.getLogger(CallbackDesk.class);
  private static final Duration BETWEEN_WARNINGS = Duration.ofMinutes(1);
  /** It becomes part of paths, and not all of them may be signed. */
  private static final String PLAIN_ID = "[\\w.:=~-]{1,300}";

  private final ProcessorRegistry registry;
  private final Map<ProviderType, ProviderConfig> providers;
  private final Function<ProviderType, Sender> senders;
  private final CallbackAddresses addresses;
  private final ReportedJobs reported;
  private final Bus bus;
  private final InstantSource clock;
  private final CallbackKeys keys;
  private final MeterRegistry meters;
  private final Map<ProviderType, Instant> warnedAt = new EnumMap<>(ProviderType.class);

  /** @param senders one for each provider, the same whenever it is asked for */
  CallbackDesk(ProcessorRegistry registry, Map<ProviderType, ProviderConfig> providers, Function<ProviderType, Sender> senders,
      CallbackAddresses addresses, ReportedJobs reported, Bus bus, InstantSource clock, MeterRegistry meters) {
    this.registry = registry;
    this.providers = providers;
    this.senders = senders;
    this.addresses = addresses;
    this.reported = reported;
    this.bus = bus;
    this.clock = clock;
    this.keys = new CallbackKeys(clock);
    this.meters = meters;
  }

  /** False where the provider signs its callbacks and has not signed this one; nothing is done then. Fails on an outage of the store. */
  public Future<Boolean> take(Callback callback) {
    if (!(rules(callback.provider) instanceof CallbackRules.OfAttempt rules)) {
      return Future.succeededFuture(tell(callback));
    }
    return judge(callback, rules).compose(verdict -> switch (verdict) {
      case FORGED -> Future.succeededFuture(refuse(callback.provider));
      case UNKNOWN -> Future.succeededFuture(tell(callback));
      case GENUINE -> keep(callback, rules).transform(kept -> kept.succeeded() ? Future.succeededFuture(tell(callback))
          : Future.failedFuture(kept.cause()));
    });
  }

  /** Whether a provider's callbacks at one address for the whole account can be told from others'. */
  public boolean listensToAccount(ProviderType provider) {
    return addresses.isOfAccount(provider);
  }

  /** Whether callbacks of the provider are off, since what they are checked with is not set. */
  public boolean lacksSecret(ProviderType provider) {
    return addresses.lacksSecret(provider);
  }

  /** Counts a callback that was refused. */
  public void refused(ProviderType provider, Refused why) {
    Counter.builder("compute.callbacks.refused").description("Callbacks that were refused, by why")
        .tags("provider", provider.word(), "reason", why.word()).register(meters).increment();
  }

  /**
   * Takes a callback at the account's address, where {@link #listensToAccount}: a hint for the attempt whose job it names. Fails on an
   * outage of the store.
   */
  public Future<Taken> take(ProviderType provider, Signed signed) {
    CallbackRules.OfAccount rules = (CallbackRules.OfAccount) rules(provider);
    return judge(provider, rules.scheme(), signed, () -> Secret.NONE).compose(verdict -> {
      if (verdict != Verdict.GENUINE) {
        refuse(provider);
        return Future.succeededFuture(Taken.NOT_SIGNED);
      }
      return job(rules, signed).map(job -> reported.attemptWith(new ReportedJobs.Place(provider, job))).orElse(Future.succeededFuture(Optional.empty()))
          .map(attempt -> attempt.map(known -> tell(known.task(), known.attempt()) ? Taken.TOLD : null).orElseGet(() -> ofNoJob(provider)));
    });
  }

  private Taken ofNoJob(ProviderType provider) {
    refused(provider, Refused.NO_JOB);
    return Taken.OF_NO_JOB;
  }

  private static Optional<String> job(CallbackRules.OfAccount rules, Signed signed) {
    try {
      return Optional.of(rules.job().apply(new Reply(200, signed.headers(), signed.body()))).filter(id -> id.matches(PLAIN_ID));
    } catch (RuntimeException tellsNone) {
      return Optional.empty();
    }
  }

  private CallbackRules rules(ProviderType provider) {
    return registry.of(provider).flatMap(ProviderProcessor::callbacks).orElse(null);
  }

  private boolean refuse(ProviderType provider) {
    refused(provider, Refused.SIGNATURE);
    warn(provider, "A callback of {} is not signed as the provider signs, or too old; it counts for nothing; where that goes on, check this "
        + "machine's clock and, if it is set, providers.{}.webhook_secret");
    return false;
  }

  /** Who knows an address could fill the log with it, so this is said once a minute and provider. */
  private void warn(ProviderType provider, String message) {
    Instant now = clock.instant();
    Instant last = warnedAt.get(provider);
    if (last == null || !now.isBefore(last.plus(BETWEEN_WARNINGS))) {
      warnedAt.put(provider, now);
      LOG.warn(message, provider.word(), provider.word());
    } else {
      LOG.debug(message, provider.word(), provider.word());
    }
  }

  private boolean tell(Callback callback) {
    return tell(callback.task, callback.attempt);
  }

  private boolean tell(UUID task, int attempt) {
    bus.publish(QueueVerticle.NUDGES, new QueueVerticle.Nudge(task, QueueVerticle.Nudge.Kind.LOOK, attempt));
    return true;
  }

  private Future<Verdict> judge(Callback callback, CallbackRules.OfAttempt rules) {
    if (rules.scheme().isEmpty()) {
      return Future.succeededFuture(callback.signed.body() == null ? Verdict.UNKNOWN : Verdict.GENUINE);
    }
    return judge(callback.provider, rules.scheme().get(), callback.signed, () -> addresses.callbackSecret(callback.task, callback.attempt));
  }

  /** @param given the secret that went with the submit */
  private Future<Verdict> judge(ProviderType provider, Scheme scheme, Signed signed, Supplier<Secret> given) {
    return keys(provider, scheme.source(), given, false).compose(known -> {
      Verdict verdict = judge(provider, scheme, signed, known);
      // Its keys may have changed since.
      return verdict != Verdict.FORGED || !fetched(provider, scheme.source()) ? Future.succeededFuture(verdict)
          : keys(provider, scheme.source(), given, true).map(fresh -> judge(provider, scheme, signed, fresh));
    });
  }

  private Verdict judge(ProviderType provider, Scheme scheme, Signed signed, Optional<Keys> known) {
    try {
      Verdict withoutKeys = scheme.source() instanceof Source.Configured ? Verdict.FORGED : Verdict.UNKNOWN;
      return known.map(each -> scheme.judge(signed, each, clock.instant())).orElse(withoutKeys);
    } catch (IllegalArgumentException noKey) {
      warn(provider, "The secret of {}'s callbacks is not what the provider gives out; correct providers.{}.webhook_secret");
      return configured(provider).isEmpty() ? Verdict.UNKNOWN : Verdict.FORGED;
    }
  }

  private Future<Optional<Keys>> keys(ProviderType type, Source source, Supplier<Secret> given, boolean anew) {
    if (!providers.containsKey(type)) {
      return Future.succeededFuture(Optional.empty());
    }
    Secret configured = configured(type);
    if (source instanceof Source.Published published) {
      return keys.of(type, senders.apply(type), published.target(), anew, Keys::published);
    }
    if (source instanceof Source.AskedFor asked && configured.isEmpty()) {
      return keys.of(type, senders.apply(type), asked.target(), anew, reply -> Keys.shared(secret(reply.getString(asked.field()), asked)));
    }
    Secret secret = source instanceof Source.Given ? given.get() : configured;
    return Future.succeededFuture(secret.isEmpty() ? Optional.empty() : Optional.of(Keys.shared(secret)));
  }

  private static Secret secret(String value, Source.AskedFor asked) {
    if (value == null || value.isBlank()) {
      throw new MissingField(asked.field());
    }
    return Secret.of(value);
  }

  private boolean fetched(ProviderType provider, Source source) {
    return source instanceof Source.Published || source instanceof Source.AskedFor && configured(provider).isEmpty();
  }

  private Secret configured(ProviderType type) {
    return providers.containsKey(type) ? providers.get(type).webhookSecret() : Secret.NONE;
  }

  private Future<Void> keep(Callback callback, CallbackRules.OfAttempt rules) {
    return reported.wanted(callback.task, callback.attempt)
        .compose(wanted -> wanted.flatMap(what -> job(callback, rules, what))
            .map(job -> reported.keep(callback.task, callback.attempt, job)).orElseGet(Future::succeededFuture));
  }

  private static Optional<ReportedJobs.Reported> job(Callback callback, CallbackRules.OfAttempt rules, ReportedJobs.Wanted what) {
    try {
      Job job = rules.about().job(what.capability(), what.model(), new Reply(200, callback.signed.headers(), callback.signed.body()));
      return Optional.of(new ReportedJobs.Reported(job.externalId(), job.data())).filter(each -> each.externalId().matches(PLAIN_ID));
    } catch (RuntimeException tellsNone) {
      LOG.debug("A callback of {} for task {} names no job", callback.provider.word(), callback.task);
      return Optional.empty();
    }
  }

  /** What became of a callback at an account's address. */
  public enum Taken {
    /** The attempt that has the job looks at it now. */
    TOLD,
    /** It names no job that is known here: another's of the same account, or one whose submit is just being answered. */
    OF_NO_JOB,
    NOT_SIGNED
  }

  /** Why a callback is refused. */
  public enum Refused implements Named {
    /** Its URL holds no token of ours for this provider, task and attempt. */
    ADDRESS,
    /** What it is to be checked with is not set. */
    NO_SECRET,
    /** It is not signed as the provider signs, or too long ago. */
    SIGNATURE,
    /** It came to the account's address, and its job is not known here. */
    NO_JOB
  }

  /** A callback whose URL was made by us, for this attempt. */
  public record Callback(ProviderType provider, UUID task, int attempt, Signed signed) {
  }
}
