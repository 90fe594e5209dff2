package dev.computeserver.delivery;

import dev.computeserver.config.Settings;
import dev.computeserver.delivery.Webhooks.Delivery;
import dev.computeserver.delivery.Webhooks.Try;
import dev.computeserver.outbound.GuardedClient;
import dev.computeserver.outbound.RetryAfter;
import dev.computeserver.outbound.Troubles;
import dev.computeserver.outbound.UrlGuard;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Sends one webhook and says when to try again. Any 2xx is success; redirects are not followed; 410 is the end. */
final class WebhookSender {
  private static final int MOST_REPLY = 64 * 1024;
  private static final int GONE = 410;
  private static final double JITTER = 0.1;
  private static final long LONGEST_RETRY_AFTER = 86_400;

  private final GuardedClient client;
  private final WebhookSecrets secrets;
  private final Settings.Webhooks settings;
  private final InstantSource clock;

  WebhookSender(GuardedClient client, WebhookSecrets secrets, Settings.Webhooks settings, InstantSource clock) {
    this.client = client;
    this.secrets = secrets;
    this.settings = settings;
    this.clock = clock;
  }

  /** Never fails: what goes wrong is part of the try. */
  Future<Try> send(Delivery delivery, String body) {
    Instant at = clock.instant();
    long began = System.nanoTime();
    Duration silence = Duration.ofSeconds(settings.timeoutSeconds());
    return client.request(HttpMethod.POST, delivery.url(), silence).compose(request -> {
      long timestamp = at.getEpochSecond();
      return request.putHeader("Content-Type", "application/json")
          .putHeader("User-Agent", "compute-server")
          .putHeader("webhook-id", delivery.id().toString())
          .putHeader("webhook-timestamp", String.valueOf(timestamp))
          .putHeader("webhook-signature", Signature.of(secrets.all(), delivery.id().toString(), timestamp, body))
          .send(Buffer.buffer(body))
          .compose(WebhookSender::drained)
          .timeout(silence.toMillis(), TimeUnit.MILLISECONDS)
          .onFailure(late -> request.reset());
    }).map(response -> answered(at, began, response)).otherwise(failure -> failed(at, began, failure));
  }

  /** A receiver's answer is read only as far as is needed to keep the connection. */
  private static Future<HttpClientResponse> drained(HttpClientResponse response) {
    long[] length = {0};
    response.handler(chunk -> {
      length[0] += chunk.length();
      if (length[0] > MOST_REPLY) {
        response.request().reset();
      }
    });
    return response.end().transform(end -> Future.succeededFuture(response));
  }

  private Try answered(Instant at, long began, HttpClientResponse response) {
    int status = response.statusCode();
    boolean good = status >= 200 && status < 300;
    String error = good ? null : status >= 300 && status < 400 ? "redirects are not followed" : "the receiver answered " + status;
    return new Try(at, status, error, millisSince(began), retryAfter(response.headers()), status == GONE);
  }

  private static Try failed(Instant at, long began, Throwable failure) {
    String error = failure instanceof UrlGuard.RefusedUrl ? failure.getMessage() : "no answer: " + Troubles.words(failure);
    return new Try(at, null, error, millisSince(began), 0, false);
  }

  private long retryAfter(MultiMap headers) {
    return RetryAfter.of(RetryAfter.in(headers), clock.instant()).map(pause -> Math.min(LONGEST_RETRY_AFTER, pause.plusMillis(999).toSeconds())).orElse(0L);
  }

  /** When to try again after a failed try, or null where it was the last. */
  Instant nextTry(Delivery delivery, Try failed) {
    List<Integer> pauses = settings.retrySeconds();
    if (delivery.triesBefore() >= pauses.size()) {
      return null;
    }
    double jitter = 1 + ThreadLocalRandom.current().nextDouble(-JITTER, JITTER);
    long millis = Math.round(pauses.get(delivery.triesBefore()) * 1_000 * jitter);
    return clock.instant().plusMillis(Math.max(millis, failed.retryAfterSeconds() * 1_000));
  }

  private static long millisSince(long began) {
    return (System.nanoTime() - began) / 1_000_000;
  }
}
