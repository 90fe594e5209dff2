package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.ProviderConfig;
import dev.computeserver.outbound.GuardedClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
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
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Sends exchanges to one provider, each once: no retry, no redirect. The key goes to the provider's own origin only; a
 * link of the provider's that leads elsewhere is fetched without key and past the URL guard.
 */
final class Sender {
  private static final int MOST_FOLLOWED = 5;
  private static final int MOST_SOCKETS = 64;
  private static final long SOCKET_MILLIS = 5_000;
  private static final int MAX_MESSAGE = 1024 * 1024;
  private static final int MAX_REPLY = 64 * 1024 * 1024;

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
  private int openSockets;

  /** @param baseUrl the provider's, or the sandbox's in its place */
  Sender(Vertx vertx, ProviderProcessor processor, ProviderConfig config, String baseUrl, String key, GuardedClient others,
      ProviderHealth health, MeterRegistry meters) {
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
        .setDecompressionSupported(true);
    PoolOptions pool = new PoolOptions()
        .setHttp1MaxSize(config.limits().maxConnections())
        .setMaxWaitQueueSize(config.limits().maxInFlight() + 1_000);
    this.client = vertx.createHttpClient(options, pool);
    this.sockets = vertx.createWebSocketClient(new WebSocketClientOptions()
        .setMaxConnections(MOST_SOCKETS).setMaxFrameSize(MAX_MESSAGE).setMaxMessageSize(MAX_MESSAGE));
  }

  /** What came of an exchange; the future never fails. */
  Future<Answer> send(Exchange exchange) {
    return line(exchange).compose(line -> send(line, exchange), this::notSent);
  }

  /** A connection for an exchange; fails where none can be had, and no byte has been sent then. */
  Future<Line> line(Exchange exchange) {
    return Future.succeededFuture(exchange).compose(this::open).map(Line::new);
  }

  /** What came of the exchange that the line was opened for; the future never fails. */
  Future<Answer> send(Line line, Exchange exchange) {
    long began = System.nanoTime();
    return exchangeOver(line.request(), exchange).onSuccess(answer -> judge(answer, began));
  }

  /** What a failed {@link #line} means. */
  Future<Answer> notSent(Throwable cause) {
    return Future.<Answer>succeededFuture(new NotSent(cause)).onSuccess(answer -> judge(answer, System.nanoTime()));
  }

  /** Sends an exchange and those that its replies ask for, {@value #MOST_FOLLOWED} at most; the last one with its answer. */
  Future<Sent> follow(Exchange first) {
    return follow(first, MOST_FOLLOWED, this::send);
  }

  /** The same, {@code left} at most, for looking something up that others may be looking up, too. */
  Future<Sent> lookUp(Exchange exchange, int left) {
    return follow(exchange, left, each -> recent.of(each, this::send));
  }

  private static Future<Sent> follow(Exchange exchange, int left, Function<Exchange, Future<Answer>> ask) {
    return ask.apply(exchange).compose(answer -> {
      Step step = null;
      if (left > 1 && answer instanceof Replied replied && replied.reply().ok()) {
        try {
          step = exchange.reader().apply(replied.reply());
        } catch (RuntimeException unreadable) {
          // Whoever asked reads it again, and says so.
        }
      }
      return step instanceof Step.Then then ? follow(then.exchange(), left - 1, ask) : Future.succeededFuture(new Sent(exchange, answer));
    });
  }

  private void judge(Answer answer, long began) {
    timers.record(answer, began);
    if (answer instanceof Replied replied && replied.reply().status() < 500) {
      health.answered(type);
    } else {
      health.failed(type);
    }
  }

  /** A text without the key, should a provider repeat it. */
  String redact(String text) {
    return key.length() < 4 ? text : text.replace(key, "***");
  }

  /** A request for a file behind a link of the provider's own, with the key. */
  Future<HttpClientRequest> open(String url) {
    return open(Exchange.get(url, reply -> null));
  }

  /** A request for a file behind a link of the provider's to wherever, without the key. */
  Future<HttpClientRequest> openElsewhere(String url, Duration patience) {
    return others.request(HttpMethod.GET, url, patience);
  }

  boolean redirectsFiles() {
    return processor.redirectsFiles();
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
    return target.startsWith("//", colon + 1) ? target : hosts.getOrDefault(target.substring(0, colon), baseUrl) + target.substring(colon + 1);
  }

  private Future<Answer> exchangeOver(HttpClientRequest request, Exchange exchange) {
    request.putHeader("Accept", "application/json");
    exchange.headers().forEach(request::putHeader);
    Future<HttpClientResponse> head;
    if (exchange.body() == null) {
      head = request.send();
    } else {
      head = request.putHeader("Content-Type", exchange.contentType()).send(exchange.body());
    }
    return head.compose(response -> whole(request, response))
        .recover(lost -> Future.succeededFuture(new Lost(lost)));
  }

  private static Future<Answer> whole(HttpClientRequest request, HttpClientResponse response) {
    Promise<Answer> promise = Promise.promise();
    Buffer body = Buffer.buffer();
    response.handler(chunk -> {
      if (body.length() + chunk.length() > MAX_REPLY) {
        promise.tryFail("the reply is longer than " + MAX_REPLY + " bytes");
        request.reset();
      } else {
        body.appendBuffer(chunk);
      }
    });
    response.exceptionHandler(promise::tryFail);
    response.endHandler(end -> promise.tryComplete(new Replied(new Reply(response.statusCode(), response.headers(), body))));
    return promise.future();
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
  record Replied(Reply reply) implements Answer {
  }

  /** No byte of the request can have reached the provider. */
  record NotSent(Throwable cause) implements Answer {
  }

  /** The request went out, or may have; nobody knows what became of it. */
  record Lost(Throwable cause) implements Answer {
  }
}
