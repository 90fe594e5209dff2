package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderType;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
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
 * Tells callers of jobs that are over: one POST each to a loopback address, 64 at once, 15 s each; what is not answered
 * with 2xx is sent again up to ten times, after 1 s, 2 s, 4 s ... at most 60 s.
 */
final class Callbacks {

  private static final Logger LOG = LoggerFactory.getLogger(Callbacks.class);
  private static final int AT_ONCE = 64;
  private static final int TRIES = 10;

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

  private final HttpClient client;
  private final SandboxJobs jobs;
  private final PriorityQueue<Entry> line = new PriorityQueue<>(Comparator.comparingLong(Entry::due));
  private final Map<String, Delivery> byJob = new HashMap<>();
  private final Map<ProviderType, Long> sent = new EnumMap<>(ProviderType.class);
  private int running;

  Callbacks(HttpClient client, SandboxJobs jobs) {
    this.client = client;
    this.jobs = jobs;
  }

  /** Sends {@code message} once the job is over; an address that is not loopback is refused with a line in the log. */
  void plan(SandboxJob job, String url, Supplier<Future<Message>> message) {
    if (!allowed(url)) {
      LOG.warn("Callback of sandbox job {} not sent: the callback URL must be http(s) on a loopback address", job.id());
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
        .compose(message -> post(delivery.url, message).timeout(15, TimeUnit.SECONDS))
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
    RequestOptions request = new RequestOptions().setAbsoluteURI(url).setMethod(HttpMethod.POST)
        .setFollowRedirects(false).setConnectTimeout(5_000).setIdleTimeout(15_000);
    message.headers().forEach(request::putHeader);
    return client.request(request).compose(sending -> sending.send(message.body()))
        .compose(answer -> answer.end().map(answer.statusCode()));
  }

  private void enqueue(Delivery delivery, long due) {
    delivery.due = due;
    line.add(new Entry(due, delivery));
  }

  private static boolean allowed(String url) {
    try {
      URI uri = URI.create(url);
      return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) && Inputs.loopback(uri.getHost());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
