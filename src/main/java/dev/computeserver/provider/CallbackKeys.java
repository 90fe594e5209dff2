package dev.computeserver.provider;

import dev.computeserver.callback.Keys;
import dev.computeserver.catalog.ProviderType;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches what providers' callbacks are checked with, and remembers it for a day. A provider is asked once a minute at most,
 * and a callback waits no longer than {@value #PATIENCE_MILLIS} ms for its answer. Used on one event loop only.
 */
final class CallbackKeys {
  private static final Logger LOG = LoggerFactory.getLogger(CallbackKeys.class);
  private static final Duration KEPT = Duration.ofHours(24);
  private static final Duration BETWEEN = Duration.ofMinutes(1);
  private static final long PATIENCE_MILLIS = 3_000;

  private final InstantSource clock;
  private final Map<ProviderType, Known> known = new EnumMap<>(ProviderType.class);
  private final Map<ProviderType, Instant> askedAt = new EnumMap<>(ProviderType.class);
  private final Map<ProviderType, Future<Void>> asking = new EnumMap<>(ProviderType.class);

  CallbackKeys(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * The provider's keys, or empty where they cannot be had now.
   *
   * @param anew whether those that are known do not fit and may be out of date
   * @param read makes them of the reply's body, or throws
   */
  Future<Optional<Keys>> of(ProviderType type, Sender sender, String target, boolean anew, Function<JsonObject, Keys> read) {
    if (!anew && now(type).isPresent()) {
      return Future.succeededFuture(now(type));
    }
    Future<Void> last = asking.get(type);
    boolean over = last == null || last.isComplete();
    if (over && last != null && clock.instant().isBefore(askedAt.get(type).plus(BETWEEN))) {
      return Future.succeededFuture(now(type));
    }
    Future<Void> answered = over ? ask(type, sender, target, read) : last;
    asking.put(type, answered);
    return answered.timeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS).transform(done -> Future.succeededFuture(now(type)));
  }

  private Future<Void> ask(ProviderType type, Sender sender, String target, Function<JsonObject, Keys> read) {
    askedAt.put(type, clock.instant());
    return sender.send(Exchange.get(target, reply -> null)).map(answer -> {
      try {
        known.put(type, new Known(read.apply(((Sender.Replied) answer).reply().json()), clock.instant()));
      } catch (RuntimeException notThem) {
        LOG.warn("The keys of {}'s callbacks cannot be had at {}; its callbacks are hints until they can", type.word(), target);
      }
      return null;
    });
  }

  private Optional<Keys> now(ProviderType type) {
    return Optional.ofNullable(known.get(type)).filter(each -> clock.instant().isBefore(each.at.plus(KEPT))).map(Known::keys);
  }

  private record Known(Keys keys, Instant at) {
  }
}
