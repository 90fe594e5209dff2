package dev.computeserver.provider;

import static dev.computeserver.support.FakeProvider.reply;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.Signals;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * fal or Replicate with jobs that all ask for the same thing: {@code job-1} and so on, in the order of their submits. In its list
 * the first job is the likeliest for whoever looks, and the last one to be seen.
 */
final class LookAlikes implements AutoCloseable {

  /** What becomes of a submit. */
  enum Fate {
    ANSWERED,
    /** There is a job, but no answer. */
    CUT,
    /** There is neither. */
    DROPPED,
    /** There is a job, and the answer comes with {@link #answerLate}. */
    LATE
  }

  final Signals<String> submits = new Signals<>();
  final Signals<String> looks = new Signals<>();
  private final boolean isFal;
  private final int pageSize;
  private final List<Fate> fates;
  private final FakeProvider fake;
  private final List<JsonObject> jobs = new CopyOnWriteArrayList<>();
  private final List<HttpServerRequest> late = new CopyOnWriteArrayList<>();
  private final Map<String, HttpServerRequest> held = new ConcurrentHashMap<>();
  private volatile boolean done;
  private volatile int listedFrom;

  /** @param fates of the submits, in their order */
  LookAlikes(Vertx vertx, String provider, int pageSize, Fate... fates) {
    isFal = provider.equals("fal_standard");
    this.pageSize = pageSize;
    this.fates = List.of(fates);
    fake = new FakeProvider(vertx, this::answer);
  }

  Map<String, String> environment() {
    return isFal ? Map.of("FAL_KEY", "k", "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", fake.baseUrl(), "COMPUTE_TASKS_RECONCILE_SECONDS", "5")
        : Map.of("REPLICATE_API_TOKEN", "k", "COMPUTE_PROVIDERS_REPLICATE_BASE_URL", fake.baseUrl(), "COMPUTE_TASKS_RECONCILE_SECONDS", "5");
  }

  /** All jobs have ended. */
  void finish() {
    done = true;
  }

  /** Lists answer once there are so many jobs, and until then not at all. */
  void listFrom(int amount) {
    listedFrom = amount;
  }

  void answerLate() {
    late.forEach(request -> accepted("job-1").answer(request));
  }

  private synchronized Behaviour answer(Seen seen) {
    if (seen.elsewhere()) {
      return reply(200, "image/png", Buffer.buffer(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0}));
    }
    if (seen.method().equals("POST")) {
      return submitted(seen);
    }
    if (seen.path().equals(isFal ? "/v1/models/requests/by-endpoint" : "/predictions")) {
      if (jobs.size() < listedFrom) {
        return request -> held.put(seen.uri(), request);
      }
      looks.accept(seen.uri());
      return list(seen.uri());
    }
    return state(seen.path());
  }

  private Behaviour submitted(Seen seen) {
    Fate fate = fates.get(submits.all().size());
    String id = "job-" + (jobs.size() + 1);
    if (fate != Fate.DROPPED) {
      JsonObject body = seen.body().toJsonObject();
      // Later ones seem to have been sent long before anybody's submit.
      String at = Instant.now().minusSeconds(9L * jobs.size()).toString();
      jobs.add(0, isFal ? new JsonObject().put("request_id", id).put("sent_at", at).put("json_input", body)
          : new JsonObject().put("id", id).put("created_at", at).put("model", seen.path().replaceAll("^/models/|/predictions$", ""))
              .put("input", body.getJsonObject("input")));
    }
    submits.accept(id);
    if (jobs.size() >= listedFrom) {
      held.forEach((uri, request) -> list(uri).answer(request));
      held.clear();
    }
    return switch (fate) {
      case ANSWERED -> accepted(id);
      case LATE -> late::add;
      case CUT, DROPPED -> FakeProvider.cut();
    };
  }

  private Behaviour accepted(String id) {
    String job = "/fal-ai/flux/requests/" + id;
    return reply(200, (isFal ? new JsonObject().put("request_id", id).put("status", "IN_QUEUE").put("status_url", job + "/status")
        .put("response_url", job).put("cancel_url", job + "/cancel") : new JsonObject().put("id", id).put("status", "starting")).encode());
  }

  private Behaviour list(String uri) {
    int from = uri.contains("cursor=") ? Integer.parseInt(uri.replaceAll(".*cursor=(\\d+).*", "$1")) : 0;
    int to = Math.min(jobs.size(), from + pageSize);
    JsonArray page = new JsonArray(List.copyOf(jobs.subList(from, to)));
    String next = to == jobs.size() ? null : isFal ? "" + to : fake.baseUrl() + "/predictions?cursor=" + to;
    return reply(200, (isFal ? new JsonObject().put("items", page).put("next_cursor", next)
        : new JsonObject().put("results", page).put("next", next)).encode());
  }

  private Behaviour state(String path) {
    JsonArray files = JsonArray.of(fake.elsewhere() + "/fox.png");
    if (isFal) {
      return path.endsWith("/status") ? reply(200, new JsonObject().put("status", done ? "COMPLETED" : "IN_PROGRESS").encode())
          : reply(200, new JsonObject().put("images", JsonArray.of(new JsonObject().put("url", files.getString(0)))).encode());
    }
    return reply(200, new JsonObject().put("id", path.substring(path.lastIndexOf('/') + 1)).put("status", done ? "succeeded" : "processing")
        .put("output", done ? files : null).encode());
  }

  @Override
  public void close() {
    fake.close();
  }
}
