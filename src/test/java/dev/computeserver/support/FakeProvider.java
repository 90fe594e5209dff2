package dev.computeserver.support;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;

/** A provider on loopback whose days are scripted: good replies by stage, and a bad one in their place for so many times. */
public final class FakeProvider implements AutoCloseable {
  /** What a request of a processor is for. */
  public enum Stage {
    SUBMIT, CHECK, RESULT, FILE, CANCEL, OTHER
  }

  /** Answers a request whose body has been read, or leaves it hanging. */
  public interface Behaviour {
    void answer(HttpServerRequest request);
  }

  /** A request as it came. */
  public record Seen(Stage stage, String method, String uri, Map<String, String> headers, Buffer body) {
  }

  private final HttpServer server;
  private final Function<HttpServerRequest, Stage> stages;
  private final BiFunction<Stage, FakeProvider, Behaviour> good;
  private final Map<Stage, Behaviour> bad = new ConcurrentHashMap<>();
  private final Map<Stage, AtomicInteger> badLeft = new ConcurrentHashMap<>();
  private final List<Seen> seen = new CopyOnWriteArrayList<>();

  public FakeProvider(Vertx vertx, Function<HttpServerRequest, Stage> stages, BiFunction<Stage, FakeProvider, Behaviour> good) {
    this.stages = stages;
    this.good = good;
    server = TestStore.await(vertx.createHttpServer().requestHandler(this::take).listen(0, "127.0.0.1"));
  }

  public String baseUrl() {
    return "http://127.0.0.1:" + server.actualPort();
  }

  /** The next so many requests of a stage get this instead of the good reply. */
  public void misbehave(Stage stage, int times, Behaviour how) {
    badLeft.put(stage, new AtomicInteger(times));
    bad.put(stage, how);
  }

  public void behave() {
    bad.clear();
    seen.clear();
  }

  public List<Seen> seen(Stage stage) {
    return seen.stream().filter(each -> each.stage == stage).toList();
  }

  private void take(HttpServerRequest request) {
    Stage stage = stages.apply(request);
    request.body().onSuccess(body -> {
      Map<String, String> headers = new ConcurrentHashMap<>();
      request.headers().forEach(header -> headers.put(header.getKey().toLowerCase(Locale.ROOT), header.getValue()));
      seen.add(new Seen(stage, request.method().name(), request.uri(), headers, body));
      Behaviour how = bad.get(stage);
      if (how != null && badLeft.get(stage).getAndDecrement() > 0) {
        how.answer(request);
      } else {
        good.apply(stage, this).answer(request);
      }
    });
  }

  /** A whole reply. */
  public static Behaviour reply(int status, String body, String... headers) {
    return request -> {
      request.response().setStatusCode(status).putHeader("Content-Type", "application/json");
      for (int i = 0; i < headers.length; i += 2) {
        request.response().putHeader(headers[i], headers[i + 1]);
      }
      request.response().end(body);
    };
  }

  /** The connection ends before the first byte of a reply. */
  public static Behaviour cut() {
    return request -> request.connection().close();
  }

  /** A reply that breaks off in its middle. */
  public static Behaviour cutInTheMiddle() {
    return request -> {
      request.response().putHeader("Content-Length", "1000").write("{\"status\":");
      request.connection().close();
    };
  }

  /** No reply at all. */
  public static Behaviour hang() {
    return request -> { };
  }

  @Override
  public void close() {
    TestStore.await(server.close());
  }
}
