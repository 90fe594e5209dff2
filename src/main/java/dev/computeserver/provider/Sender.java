package dev.computeserver.provider;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.async.SideLane;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.ProviderConfig;
import dev.computeserver.outbound.Decoding;
import dev.computeserver.outbound.GuardedClient;
import dev.computeserver.outbound.Redirect;
import dev.computeserver.outbound.ReplyFraming;
import dev.computeserver.outbound.UrlGuard;
import dev.computeserver.outbound.WebUrl;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Sends exchanges to one provider, each once: no retry, and no redirect but of a look. The key goes to the provider's own origin only; a
 * link of the provider's that leads elsewhere is fetched without key and past the URL guard.
 */
final class Sender {
  private static final int MOST_FOLLOWED = 5;
  private static final int MOST_SOCKETS = 64;
  private static final long SOCKET_MILLIS = 5_000;
  private static final int MAX_MESSAGE = 256 * 1024;
  private static final int MAX_FRAME = 1024 * 1024;
  private static final long LOOK_BYTES = 16 * 1024;
  private static final long SUBMIT_BYTES = 64 * 1024;
  /** As many of the longest replies fit into the memory at once. */
  private static final int LONGEST_AT_ONCE = 8;
  /** Reading more takes long enough for others to notice. */
  private static final int MOST_READ_ON_LOOP = 256 * 1024;
  private static final Duration ROOM_PATIENCE = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final ByteBudget memory;
  private final Duration patience;
  private final ProviderType type;
  private final ProviderProcessor processor;
  private final ProviderHealth health;
  private final RequestTimers timers;
  private final HttpClient client;
  private final WebSocketClient sockets;
  private final GuardedClient others;
  private final ProviderProcessor.Authorization authorization;
  private final String baseUrl;
  private final Map<String, String> hosts;
  private final Set<String> origins = new HashSet<>();
  private final String key;
  private final Duration silence;
  private final RecentAnswers recent;
  /** How much memory the replies to submits take, as those before have shown. */
  private final Map<ProviderCapability, Long> usual = new EnumMap<>(ProviderCapability.class);
  /** The replies that unfold to much, a piece of one at a time. */
  private final SideLane unfolding;
  private final WorkerExecutor readers;
  private int openSockets;

  /**
   * @param baseUrl the provider's, or the sandbox's in its place
   * @param memory the node's, for replies
   * @param patience for what is not ready yet
   */
  Sender(Vertx vertx, ProviderProcessor processor, ProviderConfig config, String baseUrl, String key, GuardedClient others,
      ProviderHealth health, ByteBudget memory, Duration patience, MeterRegistry meters) {
    this.vertx = vertx;
    this.unfolding = new SideLane(vertx);
    // One thread of the node's: many long replies at once leave the other cores to the rest.
    this.readers = vertx.createSharedWorkerExecutor("long-replies", 1);
    this.memory = memory;
    this.patience = patience;
    this.type = processor.providerType();
    this.processor = processor;
    this.health = health;
    this.timers = new RequestTimers(meters, type);
    this.authorization = processor.authorization();
    this.baseUrl = baseUrl;
    this.hosts = processor.otherHosts(baseUrl);
    origins.add(originOf(baseUrl));
    hosts.values().forEach(host -> origins.add(originOf(host)));
    this.key = key;
    this.others = others;
    this.recent = new RecentAnswers(vertx);
    this.silence = Duration.ofSeconds(config.timeoutSeconds());
    HttpClientOptions options = new HttpClientOptions()
        .setConnectTimeout(5_000)
        // Shorter than servers keep idle connections, so that a submit does not meet one that is just being closed.
        .setKeepAliveTimeout(10)
        // Whoever takes a reply in unpacks it, since it must be able to stop.
        .setDecompressionSupported(false);
    PoolOptions pool = new PoolOptions()
        .setHttp1MaxSize(config.limits().maxConnections())
        .setMaxWaitQueueSize(config.limits().maxInFlight() + 1_000);
    this.client = vertx.httpClientBuilder().with(options).with(pool).withConnectHandler(ReplyFraming::install).build();
    this.sockets = vertx.createWebSocketClient(new WebSocketClientOptions()
        .setMaxConnections(MOST_SOCKETS).setMaxFrameSize(MAX_FRAME).setMaxMessageSize(MAX_MESSAGE));
  }

  /** What came of an exchange; the future never fails. For replies that are read right away. */
  Future<Answer> send(Exchange exchange) {
    return send(exchange, Future::succeededFuture);
  }

  /**
   * Has what came of an exchange read; fails only where {@code reading} does. What the reply takes of the node's memory is given back
   * when it has been read, or where it holds the result, when the future of {@code reading} is done.
   */
  <T> Future<T> send(Exchange exchange, Function<Answer, Future<T>> reading) {
    return Future.succeededFuture(exchange).compose(this::open).transform(opened -> opened.failed() ? notSent(opened.cause()).compose(reading)
        : exchange(opened.result(), exchange, null, reading));
  }

  /** A connection and memory for a submit; fails where either cannot be had, with {@link ByteBudget.Exhausted} for now. No byte has been sent then. */
  Future<Line> line(Exchange exchange, ProviderCapability capability) {
    long most = memory.total() / LONGEST_AT_ONCE;
    return memory.take(vertx, Math.min(most, Math.max(LOOK_BYTES, usual.getOrDefault(capability, SUBMIT_BYTES))), ROOM_PATIENCE)
        .compose(room -> Future.succeededFuture(exchange).compose(this::open).map(request -> new Line(request, room, capability))
            .onFailure(closed -> room.close()));
  }

  /** The same as {@link #send(Exchange, Function)} for what the line was opened for: a reply for which there is no room is waited for. */
  <T> Future<T> send(Line line, Exchange exchange, Function<Answer, Future<T>> reading) {
    return exchange(line.take(), exchange, line, reading);
  }

  /** What a failed {@link #line} means. */
  Future<Answer> notSent(Throwable cause) {
    return Future.<Answer>succeededFuture(new NotSent(cause)).onSuccess(answer -> judge(answer, System.nanoTime()));
  }

  /** Sends an exchange and those that its replies ask for, {@value #MOST_FOLLOWED} at most; the last one with its answer. */
  Future<Sent> follow(Exchange first) {
    return new Following(vertx, processor, patience, this::send).from(first, MOST_FOLLOWED);
  }

  /** The same, {@code left} at most, for looking something up that others may be looking up, too, and that is looked up again. */
  Future<Sent> lookUp(Exchange exchange, int left) {
    return new Following(vertx, processor, Duration.ZERO, each -> recent.of(each, this::shared)).from(exchange, left);
  }

  private Future<Answer> shared(Exchange exchange) {
    Promise<Answer> shared = Promise.promise();
    send(exchange, answer -> {
      if (answer instanceof Replied replied) {
        replied.keep();
      }
      shared.complete(answer);
      return vertx.timer(RecentAnswers.FRESH_MILLIS, TimeUnit.MILLISECONDS);
    });
    return shared.future();
  }

  private void judge(Answer answer, long began) {
    if (answer instanceof NotSent not && not.cause() instanceof ByteBudget.Exhausted) {
      return;
    }
    timers.record(answer, began);
    boolean tooMuch = answer instanceof Lost lost && lost.cause() instanceof ReplyBody.NotTaken;
    if (tooMuch || answer instanceof Replied replied && replied.reply().status() < 500) {
      health.answered(type);
    } else {
      health.failed(type);
    }
  }

  /** Whether a reply came and this node had no memory for it. */
  static boolean wasFull(Answer answer) {
    return answer instanceof Lost lost && lost.cause() instanceof ReplyBody.NotTaken not && not.isFull();
  }

  /** A text without the key, should a provider repeat it. */
  String redact(String text) {
    return key.length() < 4 ? text : text.replace(key, "***");
  }

  /** A request for a file behind a link of the provider's own, with the key. */
  Future<HttpClientRequest> open(String url) {
    return open(Exchange.get(url, reply -> null));
  }

  /** A link that a reply gave, whole: one without a host is meant as on the provider's own pages. */
  String whole(String link) {
    return WebUrl.of(baseUrl).resolve(link).toString();
  }

  /** A request for a file behind a link of the provider's to wherever, without the key. */
  Future<HttpClientRequest> openElsewhere(String url, Duration patience) {
    return others.request(HttpMethod.GET, url, patience);
  }

  private Future<HttpClientRequest> open(Exchange exchange) {
    String url = urlOf(exchange.target());
    if (!origins.contains(originOf(url)) && !processor.ownsHost(baseUrl, originOf(url))) {
      return others.request(exchange.method(), url, silence);
    }
    RequestOptions options = new RequestOptions()
        .setMethod(exchange.method())
        .setAbsoluteURI(url)
        .setConnectTimeout(silence.toMillis())
        .setIdleTimeout(silence.toMillis())
        .setFollowRedirects(false);
    return client.request(options)
        .map(request -> key.isEmpty() ? request : request.putHeader(authorization.header(), authorization.prefix() + key));
  }

  private String urlOf(String target) {
    int colon = target.indexOf(":/");
    if (target.startsWith("/")) {
      return baseUrl + target;
    }
    if (colon < 0) {
      throw new UrlGuard.RefusedUrl("the provider gave a link that is none");
    }
    return target.startsWith("//", colon + 1) ? target : hosts.getOrDefault(target.substring(0, colon), baseUrl) + target.substring(colon + 1);
  }

  /** @param line of a submit, or null */
  private <T> Future<T> exchange(HttpClientRequest request, Exchange exchange, Line line, Function<Answer, Future<T>> reading) {
    long began = System.nanoTime();
    return head(request, exchange).compose(first -> line == null ? followed(first, exchange, Redirect.MOST) : Future.succeededFuture(first)).transform(head -> {
      ByteBudget.Share room = line != null ? line.room() : head.failed() ? null : memory.tryTake(LOOK_BYTES).orElse(null);
      Future<Answer> answer = head.failed() ? Future.failedFuture(head.cause()) : whole(head.result(), exchange, room, line != null);
      return answer.recover(lost -> {
        give(room);
        // It led to where nothing may be asked, as a link in a reply may.
        return Future.succeededFuture(lost instanceof UrlGuard.RefusedUrl ? new NotSent(lost) : new Lost(lost));
      }).compose(came -> {
        judge(came, began);
        learn(line, came);
        Future<T> read = reading.apply(came);
        if (!(came instanceof Replied replied && replied.kept)) {
          give(room);
        }
        return read;
      }).onComplete(done -> give(room));
    });
  }

  private static void give(ByteBudget.Share room) {
    if (room != null) {
      room.close();
    }
  }

  private static Future<HttpClientResponse> head(HttpClientRequest request, Exchange exchange) {
    request.putHeader("Accept", "application/json").putHeader("Accept-Encoding", Decoding.ACCEPTED);
    exchange.headers().forEach(request::putHeader);
    return exchange.body() == null ? request.send() : request.putHeader("Content-Type", exchange.contentType()).send(exchange.body());
  }

  /** Where a look is sent on to; the key goes along within the provider's own origins only. */
  private Future<HttpClientResponse> followed(HttpClientResponse response, Exchange exchange, int left) {
    Optional<String> next = exchange.method() == HttpMethod.GET && left > 0 ? Redirect.of(response) : Optional.empty();
    return next.isEmpty() ? Future.succeededFuture(response)
        : open(exchange.at(next.get())).compose(request -> head(request, exchange)).compose(led -> followed(led, exchange, left - 1));
  }

  private Future<Answer> whole(HttpClientResponse response, Exchange exchange, ByteBudget.Share room, boolean waits) {
    if (room == null) {
      response.exceptionHandler(ignored -> { });
      response.request().reset();
      return Future.failedFuture(ReplyBody.NotTaken.forNow());
    }
    return new ReplyBody(response, room, exchange, waits, silence, unfolding).take().compose(body -> {
      Supplier<Replied> replied = () -> new Replied(new Reply(response.statusCode(), response.headers(), body));
      return body.length() <= MOST_READ_ON_LOOP ? Future.succeededFuture(replied.get()) : readers.executeBlocking(() -> replied.get().ahead(exchange), false);
    });
  }

  private void learn(Line line, Answer came) {
    if (line != null && came instanceof Replied) {
      usual.merge(line.capability(), line.room().bytes(), (before, now) -> Math.max(now, before - before / 8));
    }
  }

  private static String originOf(String url) {
    int path = url.indexOf('/', url.indexOf("://") + 3);
    return path < 0 ? url : url.substring(0, path);
  }

  /** Opens a WebSocket below the base URL; fails where that does not work or too many are open. The caller closes it. */
  Future<WebSocket> listen(String path, Handler<String> messages) {
    if (openSockets >= MOST_SOCKETS) {
      return Future.failedFuture("the provider's sockets are all in use");
    }
    WebSocketConnectOptions options = new WebSocketConnectOptions()
        .setAbsoluteURI(baseUrl.replaceFirst("^http", "ws") + path)
        // Some servers take a request with an origin for one of a foreign page.
        .setAllowOriginHeader(false)
        .setTimeout(SOCKET_MILLIS);
    if (!key.isEmpty()) {
      options.addHeader(authorization.header(), authorization.prefix() + key);
    }
    openSockets++;
    return sockets.connect(options)
        .onFailure(failed -> openSockets--)
        .onSuccess(socket -> socket.closeHandler(closed -> openSockets--).exceptionHandler(broken -> socket.close()).textMessageHandler(messages));
  }

  Future<Void> close() {
    return client.close().eventually(sockets::close);
  }

  /** An exchange and what came of it. */
  record Sent(Exchange exchange, Answer answer) {
  }

  /** What came of an exchange. */
  sealed interface Answer {
  }

  /** A whole reply, whatever its status. */
  static final class Replied implements Answer {
    private final Reply reply;
    private boolean kept;
    private Exchange readFor;
    private Step step;
    private RuntimeException unreadable;

    Replied(Reply reply) {
      this.reply = reply;
    }

    /** Reads it ahead, on whatever thread. */
    private Replied ahead(Exchange exchange) {
      readFor = exchange;
      try {
        step = exchange.reader().apply(reply);
      } catch (RuntimeException failure) {
        unreadable = failure;
      }
      return this;
    }

    Reply reply() {
      return reply;
    }

    /** What it means; throws where it cannot be read. */
    Step read(Exchange exchange) {
      Step step = readFor == exchange ? readAhead() : exchange.reader().apply(reply);
      kept |= step instanceof Step.Done done && (reply.body().length() > SUBMIT_BYTES || done.media().stream().anyMatch(Media::here));
      return step;
    }

    private Step readAhead() {
      if (unreadable != null) {
        throw unreadable;
      }
      return step;
    }

    /** Its memory is needed until whoever reads it is done, not only while it is being read; so is that of a long result. */
    void keep() {
      kept = true;
    }
  }

  /** No byte of the request can have reached the provider. */
  record NotSent(Throwable cause) implements Answer {
  }

  /** The request went out, or may have; nobody knows what became of it. */
  record Lost(Throwable cause) implements Answer {
  }
}
