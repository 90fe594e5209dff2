package dev.computeserver.bench;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * A provider that speaks fal's queue protocol and costs next to no CPU, as a process of its own:
 * {@code FakeFal [--duration-ms N] [--port N]}. A job is done {@code duration-ms} (default 0) after its submission and
 * gives one PNG of 64 KiB. It keeps nothing per job: the job's id holds the time when it will be done.
 *
 * <p>{@code GET /stats} counts {@code submissions}, {@code polls}, {@code results}, {@code downloads} and
 * {@code cancels}; with {@code ?arrivals=1} also when (microseconds since 1970) each of the last
 * {@value #REMEMBERED_PROMPTS} prompts arrived. It prints {@code fake fal port N} once it listens, and ends on SIGTERM
 * or when its standard input closes, so that it never outlives the program that started it.
 */
public final class FakeFal implements Handler<HttpServerRequest> {

  static final String PORT_LINE = "fake fal port ";
  static final int FILE_BYTES = 64 * 1024;
  static final int REMEMBERED_PROMPTS = 20_000;

  private static final String REQUESTS = "/requests/";
  private static final String PROMPT_KEY = "\"prompt\":\"";
  private static final int UUID_LENGTH = 36;
  private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
  private static final CharSequence PNG = HttpHeaders.createOptimized("image/png");
  private static final CharSequence TYPE = HttpHeaders.CONTENT_TYPE;

  private final long durationMicros;
  private final Buffer file = Buffer.buffer(PaddedPng.ofBytes(FILE_BYTES));
  private final Map<String, Long> arrivals = new LinkedHashMap<>() {
    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
      return size() > REMEMBERED_PROMPTS;
    }
  };
  private String base;
  private long submissions;
  private long polls;
  private long results;
  private long downloads;
  private long cancels;

  FakeFal(long durationMillis) {
    this.durationMicros = TimeUnit.MILLISECONDS.toMicros(durationMillis);
  }

  /** Listens on loopback; see the class for the arguments. */
  public static void main(String[] args) throws Exception {
    int port = 0;
    long durationMillis = 0;
    for (int i = 0; i < args.length; i += 2) {
      String value = i + 1 < args.length ? args[i + 1] : "";
      switch (args[i]) {
        case "--port" -> port = Integer.parseInt(value);
        case "--duration-ms" -> durationMillis = Long.parseLong(value);
        default -> throw new IllegalArgumentException("Unknown argument " + args[i] + "; use --port, --duration-ms");
      }
    }
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    HttpServer server = new FakeFal(durationMillis).listen(vertx, port).await(10, TimeUnit.SECONDS);
    System.out.println(PORT_LINE + server.actualPort());
    endWithStandardInput();
    System.exit(0);
  }

  /** Serves on this loopback port, 0 for any free one. */
  Future<HttpServer> listen(Vertx vertx, int port) {
    HttpServerOptions options = new HttpServerOptions().setHost("127.0.0.1").setPort(port).setAcceptBacklog(4096);
    return vertx.createHttpServer(options).requestHandler(this).listen()
        .onSuccess(server -> base = "http://127.0.0.1:" + server.actualPort());
  }

  private static void endWithStandardInput() throws IOException {
    byte[] ignored = new byte[64];
    while (System.in.read(ignored) >= 0) {
      continue;
    }
  }

  @Override
  public void handle(HttpServerRequest request) {
    String path = request.path();
    int job = path.indexOf(REQUESTS);
    if (request.method() == HttpMethod.POST && job < 0) {
      long arrivedAt = MicroClock.now();
      request.body().onSuccess(body -> submit(request, body, arrivedAt));
    } else if (path.startsWith("/files/")) {
      downloads++;
      request.response().putHeader(TYPE, PNG).end(file);
    } else if (path.equals("/stats")) {
      json(request, 200, stats("1".equals(request.getParam("arrivals"))));
    } else if (job >= 0) {
      job(request, path, job);
    } else {
      json(request, 404, Buffer.buffer("{\"detail\":\"Path not found\"}"));
    }
  }

  private void submit(HttpServerRequest request, Buffer body, long arrivedAt) {
    submissions++;
    remember(body.toString(), arrivedAt);
    String id = new UUID(arrivedAt + durationMicros, submissions).toString();
    json(request, 200, Buffer.buffer("{\"status\":\"IN_QUEUE\",\"request_id\":\"" + id + "\",\"gateway_request_id\":\""
        + id + "\",\"queue_position\":0," + links(app(request.path()) + REQUESTS + id) + "}"));
  }

  private void job(HttpServerRequest request, String path, int at) {
    int from = at + REQUESTS.length();
    int to = from + UUID_LENGTH;
    long due;
    try {
      due = UUID.fromString(path.substring(from, to)).getMostSignificantBits();
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      json(request, 404, Buffer.buffer("{\"detail\":\"Request not found\"}"));
      return;
    }
    boolean done = MicroClock.now() >= due;
    String job = path.substring(0, to);
    switch (path.substring(to)) {
      case "/status" -> status(request, job, done);
      case "" -> result(request, path.substring(from, to), done);
      case "/cancel" -> {
        cancels++;
        json(request, done ? 400 : 202,
            Buffer.buffer(done ? "{\"status\":\"ALREADY_COMPLETED\"}" : "{\"status\":\"CANCELLATION_REQUESTED\"}"));
      }
      default -> json(request, 404, Buffer.buffer("{\"detail\":\"Path not found\"}"));
    }
  }

  private void status(HttpServerRequest request, String job, boolean done) {
    polls++;
    String id = job.substring(job.length() - UUID_LENGTH);
    json(request, done ? 200 : 202, Buffer.buffer("{\"status\":\"" + (done ? "COMPLETED" : "IN_PROGRESS")
        + "\",\"request_id\":\"" + id + "\",\"logs\":null,\"metrics\":{},\"error\":null,\"error_type\":null,"
        + links(job) + "}"));
  }

  private void result(HttpServerRequest request, String id, boolean done) {
    if (!done) {
      json(request, 400, Buffer.buffer("{\"detail\":\"Request is still in progress\"}"));
      return;
    }
    results++;
    json(request, 200, Buffer.buffer("{\"images\":[{\"url\":\"" + base + "/files/" + id
        + ".png\",\"content_type\":\"image/png\",\"file_name\":\"" + id + ".png\",\"file_size\":" + FILE_BYTES
        + ",\"width\":" + PaddedPng.SIDE + ",\"height\":" + PaddedPng.SIDE
        + "}],\"timings\":{\"inference\":0.0},\"seed\":1,\"has_nsfw_concepts\":[false]}"));
  }

  private String links(String job) {
    return "\"response_url\":\"" + base + job + "\",\"status_url\":\"" + base + job + "/status\",\"cancel_url\":\""
        + base + job + "/cancel\"";
  }

  /** The owner and the app alone, as the real links have it: whatever follows in the model's name is gone. */
  private static String app(String path) {
    int second = path.indexOf('/', 1);
    int third = second < 0 ? -1 : path.indexOf('/', second + 1);
    return third < 0 ? path : path.substring(0, third);
  }

  /** Reads the prompt by searching, not by parsing: prompts of the benchmarks hold nothing that is escaped. */
  private void remember(String body, long arrivedAt) {
    int key = body.indexOf(PROMPT_KEY);
    int end = key < 0 ? -1 : body.indexOf('"', key + PROMPT_KEY.length());
    if (end > 0) {
      arrivals.putIfAbsent(body.substring(key + PROMPT_KEY.length(), end), arrivedAt);
    }
  }

  private Buffer stats(boolean withArrivals) {
    JsonObject stats = new JsonObject().put("submissions", submissions).put("polls", polls).put("results", results)
        .put("downloads", downloads).put("cancels", cancels);
    if (withArrivals) {
      JsonObject byPrompt = new JsonObject();
      arrivals.forEach(byPrompt::put);
      stats.put("arrivals", byPrompt);
    }
    return stats.toBuffer();
  }

  private static void json(HttpServerRequest request, int status, Buffer body) {
    request.response().setStatusCode(status).putHeader(TYPE, JSON).end(body);
  }
}
