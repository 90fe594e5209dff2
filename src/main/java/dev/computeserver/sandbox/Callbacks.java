package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.outbound.GuardedClient;
import dev.computeserver.outbound.UrlGuard;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells callers of jobs that are over: one POST each, past the guard of all that the node calls, 64 at once, 15 s each; what is not
 * answered with 2xx is sent again up to ten times, after 1 s, 2 s, 4 s ... at most 60 s.
 */
final class Callbacks {

  private static final Logger LOG = LoggerFactory.getLogger(Callbacks.class);
  private static final int AT_ONCE = 64;
  private static final int TRIES = 10;
  private static final Duration SILENCE = Duration.ofSeconds(15);
  private static final int MAX_ANSWER = 64 * 1024;

  /** A provider's callback, ready to send. */
  record Message(Buffer body, Map<String, String> headers) { }

  private static final class Delivery {
    private final SandboxJob job;
    private final String url;
    private final Supplier<Future<Message>> message;
    private long due;
    private int tries;

    Delivery(SandboxJob job, String url, Supplier<Future<Message>> message) {
      this.job = job;
      this.url = url;
      this.message = message;
    }
  }

  private record Entry(long due, Delivery delivery) { }

  private final UrlGuard guard;
  private final GuardedClient client;
  private final SandboxJobs jobs;
  private final PriorityQueue<Entry> line = new PriorityQueue<>(Comparator.comparingLong(Entry::due));
  private final Map<String, Delivery> byJob = new HashMap<>();
  private final Map<ProviderType, Long> sent = new EnumMap<>(ProviderType.class);
  private int running;

  Callbacks(UrlGuard guard, GuardedClient client, SandboxJobs jobs) {
    this.guard = guard;
    this.client = client;
    this.jobs = jobs;
  }

  /** Sends {@code message} once the job is over; a URL that the guard refuses gets a line in the log. */
  void plan(SandboxJob job, String url, Supplier<Future<Message>> message) {
    try {
      guard.check(url);
    } catch (UrlGuard.RefusedUrl refused) {
      LOG.warn("Callback of sandbox job {} not sent: {}", job.id(), refused.getMessage());
      return;
    }
    Delivery delivery = new Delivery(job, url, message);
    byJob.put(job.id(), delivery);
    enqueue(delivery, job.endsAt().toEpochMilli());
  }

  /** The job's end has come nearer. */
  void hurry(SandboxJob job) {
    Delivery delivery = byJob.get(job.id());
    if (delivery != null && delivery.tries == 0) {
      enqueue(delivery, job.endsAt().toEpochMilli());
    }
  }

  /** How many POSTs were answered with 2xx. */
  long sent(ProviderType provider) {
    return sent.getOrDefault(provider, 0L);
  }

  void runOnce() {
    long now = jobs.now().toEpochMilli();
    while (running < AT_ONCE && !line.isEmpty() && line.peek().due() <= now) {
      Entry entry = line.poll();
      // Of a delivery that was brought forward, the old entry is void.
      if (entry.due() == entry.delivery().due && byJob.get(entry.delivery().job.id()) == entry.delivery()) {
        send(entry.delivery());
      }
    }
  }

  private void send(Delivery delivery) {
    running++;
    delivery.tries++;
    delivery.due = -1;
    Future.<Void>succeededFuture().compose(none -> delivery.message.get())
        .compose(message -> post(delivery.url, message))
        .onComplete(done -> {
          running--;
          if (done.succeeded() && done.result() / 100 == 2) {
            sent.merge(delivery.job.provider(), 1L, Long::sum);
            byJob.remove(delivery.job.id());
          } else if (delivery.tries < TRIES) {
            enqueue(delivery, jobs.now().toEpochMilli() + Math.min(60_000, 1_000L << delivery.tries - 1));
          } else {
            byJob.remove(delivery.job.id());
          }
        });
  }

  private Future<Integer> post(String url, Message message) {
    return client.request(HttpMethod.POST, url, SILENCE).compose(request -> {
      message.headers().forEach(request::putHeader);
      return request.send(message.body()).compose(answer -> drained(answer).map(answer.statusCode()))
          .timeout(SILENCE.toSeconds(), TimeUnit.SECONDS).onFailure(late -> request.reset());
    });
  }

  private static Future<Void> drained(HttpClientResponse answer) {
    long[] length = {0};
    answer.handler(part -> {
      length[0] += part.length();
      if (length[0] > MAX_ANSWER) {
        answer.request().reset();
      }
    });
    return answer.end();
  }

  private void enqueue(Delivery delivery, long due) {
    delivery.due = due;
    line.add(new Entry(due, delivery));
  }
}
