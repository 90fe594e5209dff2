package dev.computeserver.provider;

import dev.computeserver.bus.Bus;
import dev.computeserver.callback.Keys;
import dev.computeserver.callback.Scheme;
import dev.computeserver.callback.Signed;
import dev.computeserver.callback.Source;
import dev.computeserver.callback.Verdict;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.ProviderConfig;
import dev.computeserver.config.Secret;
import dev.computeserver.task.ReportedJobs;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what providers report. Whatever is not known to be somebody else's is a hint to look at the job; what is known to be
 * the provider's own is evidence too: where the reply to the submit has not come, its job is kept before anybody is told.
 * Used on one event loop only.
 */
public final class CallbackDesk {
  private static final Logger LOG = LoggerFactory.getLogger(CallbackDesk.class);
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

  /** @param senders one for each provider, the same whenever it is asked for */
  CallbackDesk(ProcessorRegistry registry, Map<ProviderType, ProviderConfig> providers, Function<ProviderType, Sender> senders,
      CallbackAddresses addresses, ReportedJobs reported, Bus bus, InstantSource clock) {
    this.registry = registry;
    this.providers = providers;
    this.senders = senders;
    this.addresses = addresses;
    this.reported = reported;
    this.bus = bus;
    this.clock = clock;
    this.keys = new CallbackKeys(clock);
  }

  /** False where the provider signs its callbacks and has not signed this one; nothing is done then. Fails on an outage of the store. */
  public Future<Boolean> take(Callback callback) {
    CallbackRules rules = registry.of(callback.provider).flatMap(ProviderProcessor::callbacks).orElse(null);
    if (rules == null) {
      return Future.succeededFuture(tell(callback));
    }
    return judge(callback, rules).compose(verdict -> switch (verdict) {
      case FORGED -> Future.succeededFuture(refuse(callback));
      case UNKNOWN -> Future.succeededFuture(tell(callback));
      case GENUINE -> keep(callback, rules).transform(kept -> kept.succeeded() ? Future.succeededFuture(tell(callback))
          : Future.failedFuture(kept.cause()));
    });
  }

  private boolean refuse(Callback callback) {
    LOG.warn("A callback of {} for task {} is not signed as the provider signs, or too old; it counts for nothing; where "
        + "that goes on, check this machine's clock and, if it is set, providers.{}.webhook_secret", callback.provider.word(), callback.task,
        callback.provider.word());
    return false;
  }

  private boolean tell(Callback callback) {
    bus.publish(QueueVerticle.NUDGES, new QueueVerticle.Nudge(callback.task, QueueVerticle.Nudge.Kind.LOOK, callback.attempt));
    return true;
  }

  private Future<Verdict> judge(Callback callback, CallbackRules rules) {
    if (rules.scheme().isEmpty()) {
      return Future.succeededFuture(callback.signed.body() == null ? Verdict.UNKNOWN : Verdict.GENUINE);
    }
    Scheme scheme = rules.scheme().get();
    return keys(callback, scheme.source(), false).compose(known -> {
      Verdict verdict = judge(callback, scheme, known);
      // Its keys may have changed since.
      return verdict != Verdict.FORGED || !fetched(callback, scheme.source()) ? Future.succeededFuture(verdict)
          : keys(callback, scheme.source(), true).map(fresh -> judge(callback, scheme, fresh));
    });
  }

  private Verdict judge(Callback callback, Scheme scheme, Optional<Keys> known) {
    try {
      return known.map(each -> scheme.judge(callback.signed, each, clock.instant())).orElse(Verdict.UNKNOWN);
    } catch (IllegalArgumentException noKey) {
      LOG.warn("The secret of {}'s callbacks is not what the provider gives out; correct providers.{}.webhook_secret",
          callback.provider.word(), callback.provider.word());
      return Verdict.UNKNOWN;
    }
  }

  private Future<Optional<Keys>> keys(Callback callback, Source source, boolean anew) {
    ProviderType type = callback.provider;
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
    Secret secret = source instanceof Source.Given ? addresses.callbackSecret(callback.task, callback.attempt) : configured;
    return Future.succeededFuture(secret.isEmpty() ? Optional.empty() : Optional.of(Keys.shared(secret)));
  }

  private static Secret secret(String value, Source.AskedFor asked) {
    if (value == null || value.isBlank()) {
      throw new MissingField(asked.field());
    }
    return Secret.of(value);
  }

  private boolean fetched(Callback callback, Source source) {
    return source instanceof Source.Published || source instanceof Source.AskedFor && configured(callback.provider).isEmpty();
  }

  private Secret configured(ProviderType type) {
    return providers.containsKey(type) ? providers.get(type).webhookSecret() : Secret.NONE;
  }

  private Future<Void> keep(Callback callback, CallbackRules rules) {
    return reported.wanted(callback.task, callback.attempt)
        .compose(wanted -> wanted.flatMap(what -> job(callback, rules, what))
            .map(job -> reported.keep(callback.task, callback.attempt, job)).orElseGet(Future::succeededFuture));
  }

  private static Optional<ReportedJobs.Reported> job(Callback callback, CallbackRules rules, ReportedJobs.Wanted what) {
    try {
      Job job = rules.about().job(what.capability(), what.model(), new Reply(200, callback.signed.headers(), callback.signed.body()));
      return Optional.of(new ReportedJobs.Reported(job.externalId(), job.data())).filter(each -> each.externalId().matches(PLAIN_ID));
    } catch (RuntimeException tellsNone) {
      LOG.debug("A callback of {} for task {} names no job", callback.provider.word(), callback.task);
      return Optional.empty();
    }
  }

  /** A callback whose URL was made by us, for this attempt. */
  public record Callback(ProviderType provider, UUID task, int attempt, Signed signed) {
  }
}
