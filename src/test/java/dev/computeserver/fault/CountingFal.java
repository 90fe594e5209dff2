package dev.computeserver.fault;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * A provider that speaks fal's queue protocol as a process of its own and counts what it accepts for each prompt:
 * {@code CountingFal --host H --seed N}. It has bad days of its own, chosen by seed and prompt: see {@link Fate}; besides, a
 * few of its answers to polls are lost, late or garbage. Seed 0 spares it all bad days that are not asked for, and gives every
 * job about a second. It prints {@code counting fal port N} once it listens, and ends when its standard input closes.
 *
 * <p>{@code GET /counts} gives for each prompt how many jobs were accepted, {@code GET /unanswered} those whose submit got no
 * answer; {@code POST /away?ms=N} makes it drop every connection unread for so long; {@code POST /ill?as=hangs&ms=N}, or
 * {@code cuts} or {@code garbage}, makes it spoil two answers of three for so long: jobs are accepted all the same, and some of
 * them still end, so that others are submitted.
 */
public final class CountingFal {
  static final String PORT_LINE = "counting fal port ";

  private static final byte[] FILE = new byte[4_096];
  private static final String REQUESTS = "/requests/";
  private static final int MOST_LISTED = 100;
  private static final int MOST_CALLS = 10;

  private final long seed;
  private final Random moods;
  private final Vertx vertx;
  private final HttpClient client;
  private final SigningKey key = new SigningKey();
  private final Map<String, Job> jobs = new LinkedHashMap<>();
  private final Map<String, Integer> accepted = new LinkedHashMap<>();
  private final Map<String, Integer> asked = new LinkedHashMap<>();
  private String base;
  private long awayUntil;
  private int dropped;
  private String illness = "";
  private long illUntil;
  private int answers;

  private CountingFal(Vertx vertx, long seed) {
    this.vertx = vertx;
    this.client = vertx.createHttpClient(new HttpClientOptions().setConnectTimeout(1_000));
    this.seed = seed;
    this.moods = new Random(seed);
    System.arraycopy(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}, 0, FILE, 0, 8);
  }

  /** What becomes of a prompt's first submit. */
  private enum Fate {
    TAKEN, TAKEN_AND_CUT, TAKEN_CUT_AND_UNLISTED, TAKEN_AND_VANISHED, TAKEN_AND_SILENT, HALF_ANSWERED, REFUSED_ONCE, BROKEN_BEFORE;

    /** Whether the job stands in the list of requests. */
    private boolean listed() {
      return this != TAKEN_CUT_AND_UNLISTED && this != TAKEN_AND_VANISHED;
    }

    private boolean unanswered() {
      return this != TAKEN && this != REFUSED_ONCE && this != BROKEN_BEFORE;
    }

    /** Whether the job's end is told by a callback. */
    private boolean calls() {
      return this != TAKEN_AND_VANISHED;
    }

    static Fate of(long seed, String prompt) {
      if (seed == 0) {
        return TAKEN;
      }
      int draw = new Random(seed * 31 + prompt.hashCode()).nextInt(1_000);
      if (draw < 30) {
        return TAKEN_AND_CUT;
      }
      if (draw < 40) {
        return TAKEN_CUT_AND_UNLISTED;
      }
      if (draw < 43) {
        return TAKEN_AND_VANISHED;
      }
      if (draw < 50) {
        return TAKEN_AND_SILENT;
      }
      if (draw < 60) {
        return HALF_ANSWERED;
      }
      return draw < 75 ? REFUSED_ONCE : draw < 80 ? BROKEN_BEFORE : TAKEN;
    }
  }

  private record Job(String id, String model, JsonObject input, Instant acceptedAt, long dueAt, Fate fate, String webhook) {
  }

  public static void main(String[] args) throws Exception {
    String host = args[1];
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    CountingFal fal = new CountingFal(vertx, Long.parseLong(args[3]));
    HttpServer server = vertx.createHttpServer(new HttpServerOptions().setHost(host).setPort(0).setAcceptBacklog(4_096))
        .requestHandler(fal::handle).listen().await(20, TimeUnit.SECONDS);
    fal.base = "http://" + host + ":" + server.actualPort();
    System.out.println(PORT_LINE + server.actualPort());
    endWithStandardInput();
    System.exit(0);
  }

  private static void endWithStandardInput() throws IOException {
    byte[] ignored = new byte[64];
    while (System.in.read(ignored) >= 0) {
      continue;
    }
  }

  private void handle(HttpServerRequest request) {
    String path = request.path();
    if (path.equals("/counts")) {
      JsonObject counts = new JsonObject();
      accepted.forEach(counts::put);
      answer(request, 200, counts.toBuffer());
    } else if (path.equals("/unanswered")) {
      JsonObject prompts = new JsonObject();
      jobs.values().stream().filter(job -> job.fate.unanswered()).forEach(job -> prompts.put(job.input.getString("prompt"), 1));
      answer(request, 200, prompts.toBuffer());
    } else if (path.equals("/away")) {
      awayUntil = System.currentTimeMillis() + Long.parseLong(request.getParam("ms"));
      answer(request, 200, Buffer.buffer("{}"));
    } else if (path.equals("/ill")) {
      illness = request.getParam("as");
      illUntil = System.currentTimeMillis() + Long.parseLong(request.getParam("ms"));
      answer(request, 200, Buffer.buffer("{}"));
    } else if (path.equals("/dropped")) {
      answer(request, 200, new JsonObject().put("submits", dropped).toBuffer());
    } else if (System.currentTimeMillis() < awayUntil) {
      dropped += request.method() == HttpMethod.POST ? 1 : 0;
      request.connection().close();
    } else if (path.equals("/.well-known/jwks.json")) {
      answer(request, 200, key.published());
    } else if (path.startsWith("/files/")) {
      file(request);
    } else if (path.startsWith("/v1/models/requests")) {
      list(request);
    } else if (path.contains(REQUESTS)) {
      job(request, path);
    } else if (request.method() == HttpMethod.POST) {
      request.body().onSuccess(body -> submit(request, body.toJsonObject()));
    } else {
      answer(request, 404, Buffer.buffer("{\"detail\":\"Path not found\"}"));
    }
  }

  private void submit(HttpServerRequest request, JsonObject input) {
    String prompt = input.getString("prompt");
    boolean first = asked.merge(prompt, 1, Integer::sum) == 1;
    Fate fate = first ? Fate.of(seed, prompt) : Fate.TAKEN;
    if (fate == Fate.REFUSED_ONCE) {
      request.response().putHeader("Retry-After", "1");
      answer(request, 429, Buffer.buffer("{\"detail\":\"Too many requests\"}"));
      return;
    }
    if (fate == Fate.BROKEN_BEFORE) {
      answer(request, 500, Buffer.buffer("{\"detail\":\"Internal Server Error\"}"));
      return;
    }
    accepted.merge(prompt, 1, Integer::sum);
    String id = UUID.randomUUID().toString();
    long lasts = seed == 0 ? 750 + (prompt.hashCode() & 0x1ff) : 100 + (prompt.hashCode() & 0xfff);
    Job job = new Job(id, request.path().substring(1), input, Instant.now(), System.currentTimeMillis() + lasts,
        fate, request.getParam("fal_webhook"));
    jobs.put(id, job);
    if (fate.calls() && job.webhook != null) {
      vertx.setTimer(lasts + moods.nextInt(500), over -> call(job, MOST_CALLS));
    }
    JsonObject reply = new JsonObject().put("status", "IN_QUEUE").put("request_id", id).put("queue_position", 0).mergeIn(links(job));
    switch (fate) {
      case TAKEN_AND_CUT, TAKEN_CUT_AND_UNLISTED, TAKEN_AND_VANISHED -> request.connection().close();
      case HALF_ANSWERED -> half(request, reply.toBuffer());
      case TAKEN_AND_SILENT -> {
        // The client gives up and closes.
      }
      default -> answer(request, 200, reply.toBuffer());
    }
  }

  /** Tells the end of a job as fal does, signed, and again after a while where nobody took it. */
  private void call(Job job, int left) {
    Buffer body = new JsonObject().put("request_id", job.id).put("gateway_request_id", job.id).put("status", "OK").put("payload", new JsonObject()).toBuffer();
    String time = String.valueOf(System.currentTimeMillis() / 1_000);
    client.request(new RequestOptions().setMethod(HttpMethod.POST).setAbsoluteURI(job.webhook).setTimeout(5_000))
        .compose(request -> request.putHeader("X-Fal-Webhook-Request-Id", job.id).putHeader("X-Fal-Webhook-User-Id", "fault-test")
            .putHeader("X-Fal-Webhook-Timestamp", time).putHeader("X-Fal-Webhook-Signature", key.signature(job.id, "fault-test", time, body))
            .putHeader("Content-Type", "application/json").send(body))
        .map(response -> response.statusCode() / 100 == 2).otherwise(false)
        .onSuccess(taken -> {
          if (!taken && left > 1) {
            vertx.setTimer(1_000, later -> call(job, left - 1));
          }
        });
  }

  private JsonObject links(Job job) {
    String[] parts = job.model.split("/");
    String url = base + "/" + parts[0] + "/" + parts[1] + REQUESTS + job.id;
    return new JsonObject().put("response_url", url).put("status_url", url + "/status").put("cancel_url", url + "/cancel");
  }

  private void job(HttpServerRequest request, String path) {
    String[] rest = path.substring(path.indexOf(REQUESTS) + REQUESTS.length()).split("/");
    Job job = jobs.get(rest[0]);
    int mood = mood();
    if (job == null) {
      answer(request, 404, Buffer.buffer("{\"detail\":\"Request not found\"}"));
    } else if (mood < 10) {
      request.connection().close();
    } else if (mood < 20) {
      answer(request, 503, Buffer.buffer("<html>busy</html>"));
    } else if (mood < 25) {
      answer(request, 200, Buffer.buffer("<html>Oops</html>"));
    } else if (rest.length == 1) {
      result(request, job);
    } else if (rest[1].equals("cancel")) {
      String said = over(job) ? "ALREADY_COMPLETED" : "CANCELLATION_REQUESTED";
      answer(request, over(job) ? 400 : 202, Buffer.buffer("{\"status\":\"" + said + "\"}"));
    } else {
      JsonObject status = new JsonObject().put("status", over(job) ? "COMPLETED" : "IN_PROGRESS").put("request_id", job.id).put("logs", null);
      answer(request, over(job) ? 200 : 202, status.mergeIn(links(job)).toBuffer());
    }
  }

  private void result(HttpServerRequest request, Job job) {
    if (!over(job)) {
      answer(request, 400, Buffer.buffer("{\"detail\":\"Request is still in progress\"}"));
      return;
    }
    JsonObject image = new JsonObject().put("url", base + "/files/" + job.id + ".png").put("content_type", "image/png").put("width", 8).put("height", 8);
    answer(request, 200, new JsonObject().put("images", new JsonArray().add(image)).put("seed", 1).toBuffer());
  }

  private void file(HttpServerRequest request) {
    if (mood() < 10) {
      half(request, Buffer.buffer(FILE));
    } else {
      answer(request, 200, "image/png", Buffer.buffer(FILE));
    }
  }

  private int mood() {
    return seed == 0 ? Integer.MAX_VALUE : moods.nextInt(1_000);
  }

  /** Newest first, a page at a time, as the provider's list of requests. */
  private void list(HttpServerRequest request) {
    Instant start = Instant.parse(request.getParam("start", "1970-01-01T00:00:00Z"));
    String model = request.getParam("endpoint_id");
    int skip = Integer.parseInt(request.getParam("cursor", "0"));
    List<Job> wanted = new ArrayList<>(jobs.values().stream()
        .filter(job -> job.fate.listed() && job.model.equals(model) && !job.acceptedAt.isBefore(start)).toList());
    Collections.reverse(wanted);
    JsonArray items = new JsonArray();
    wanted.stream().skip(skip).limit(MOST_LISTED).forEach(job -> items.add(new JsonObject().put("request_id", job.id)
        .put("endpoint_id", job.model).put("sent_at", job.acceptedAt.toString()).put("json_input", job.input)));
    boolean more = wanted.size() > skip + MOST_LISTED;
    answer(request, 200, new JsonObject().put("items", items).put("has_more", more)
        .put("next_cursor", more ? String.valueOf(skip + MOST_LISTED) : null).toBuffer());
  }

  private static boolean over(Job job) {
    return System.currentTimeMillis() >= job.dueAt;
  }

  private void answer(HttpServerRequest request, int status, Buffer body) {
    answer(request, status, "application/json", body);
  }

  private void answer(HttpServerRequest request, int status, String type, Buffer body) {
    boolean asked = request.path().equals("/counts") || request.path().equals("/ill");
    String ill = !asked && System.currentTimeMillis() < illUntil && ++answers % 3 != 0 ? illness : "";
    switch (ill) {
      case "hangs" -> {
        // The client gives up and closes.
      }
      case "cuts" -> half(request, body);
      case "garbage" -> request.response().putHeader("Content-Type", "text/html").end("<html><body>Welcome!</body></html>");
      default -> request.response().setStatusCode(status).putHeader("Content-Type", type).end(body);
    }
  }

  /** The head and some of the body, then nothing more. */
  private static void half(HttpServerRequest request, Buffer whole) {
    request.response().putHeader("Content-Length", String.valueOf(whole.length()));
    request.response().write(whole.getBuffer(0, Math.min(20, whole.length() / 2))).onComplete(sent -> request.connection().close());
  }
}
