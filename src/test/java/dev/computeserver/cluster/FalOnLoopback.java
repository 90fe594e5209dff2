package dev.computeserver.cluster;

import dev.computeserver.support.FakeProvider;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** A provider that does each job well in a given time and counts the submits of each prompt. */
final class FalOnLoopback implements AutoCloseable {
  private static final Buffer PICTURE = Buffer.buffer(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});

  /** How many submits came for each prompt. */
  final Map<String, Integer> submits = new ConcurrentHashMap<>();
  private final Vertx vertx = Vertx.vertx();
  private final FakeProvider provider = new FakeProvider(vertx, this::answer);
  private final long jobMillis;

  FalOnLoopback(long jobMillis) {
    this.jobMillis = jobMillis;
  }

  /** What a node needs to use it, and nothing else. */
  Map<String, String> environment() {
    String prefix = "COMPUTE_PROVIDERS_FAL_STANDARD_";
    return Map.of("FAL_KEY", "cluster", "COMPUTE_SANDBOX_ENABLED", "false", prefix + "BASE_URL", provider.baseUrl(), prefix + "POLLING_FIRST_MS", "10",
        prefix + "POLLING_MIN_MS", "10", prefix + "POLLING_MAX_MS", "200", "COMPUTE_POSTGRES_POOL_SIZE", "8");
  }

  static JsonObject task(String prompt) {
    return new JsonObject().put("capability", "image_generation").put("input", new JsonObject().put("prompt", prompt));
  }

  private FakeProvider.Behaviour answer(FakeProvider.Seen seen) {
    if (seen.path().endsWith(".png")) {
      return request -> request.response().putHeader("Content-Type", "image/png").end(PICTURE);
    }
    JsonObject reply = seen.method().equals("POST") ? accepted(seen) : seen.path().endsWith("/status") ? status(seen)
        : new JsonObject().put("images", new JsonArray().add(new JsonObject().put("url", provider.baseUrl() + "/f.png")));
    return request -> request.response().putHeader("Content-Type", "application/json").end(reply.toBuffer());
  }

  private JsonObject accepted(FakeProvider.Seen seen) {
    submits.merge(seen.body().toJsonObject().getString("prompt"), 1, Integer::sum);
    String id = new UUID(System.currentTimeMillis() + jobMillis, submits.size()).toString();
    String url = provider.baseUrl() + "/fal-ai/flux/requests/" + id;
    return new JsonObject().put("request_id", id).put("status", "IN_QUEUE").put("response_url", url).put("status_url", url + "/status")
        .put("cancel_url", url + "/cancel");
  }

  private static JsonObject status(FakeProvider.Seen seen) {
    String[] parts = seen.path().split("/");
    long due = UUID.fromString(parts[parts.length - 2]).getMostSignificantBits();
    return new JsonObject().put("status", System.currentTimeMillis() < due ? "IN_PROGRESS" : "COMPLETED");
  }

  @Override
  public void close() {
    provider.close();
    vertx.close();
  }
}
