package dev.computeserver.support;

import dev.computeserver.Node;
import dev.computeserver.config.Settings;
import dev.computeserver.provider.Decisions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A whole node in this JVM, with a database of its own and any free port, and what a client does with it. */
public final class TestNode implements AutoCloseable {
  public final Vertx vertx;
  public final String database;
  private final Map<String, String> environment;
  private final Path data;
  private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Node node;

  /** {@code environment} as the process would have it; without any, all providers are the sandbox's. */
  public TestNode(Map<String, String> environment) {
    this(Vertx.vertx(), environment, TestServers.freshDatabase());
  }

  /** A node of a cluster: on that Vert.x, which it closes, and on a database that others may use, too. */
  public TestNode(Vertx vertx, Map<String, String> environment, String database) {
    this.vertx = vertx;
    this.environment = environment;
    this.database = database;
    try {
      Map<String, String> variables = new HashMap<>(Map.of("COMPUTE_HTTP_PORT", "0", "COMPUTE_HTTP_INSTANCES", "2",
          "COMPUTE_DATA_DIR", Files.createTempDirectory(Path.of("target"), "node-").toString()));
      variables.putAll(environment);
      data = Path.of(variables.get("COMPUTE_DATA_DIR"));
      node = TestStore.await(Node.start(vertx, Settings.load((Path) null, variables), database, TestServers.redisUri(), TestNode::ends));
    } catch (IOException failed) {
      throw new IllegalStateException(failed);
    }
  }

  /** What a process does whose node is of no use; told by the node's watchdog. */
  public static void ends(String why) {
    throw new AssertionError("the node would have ended its process: " + why);
  }

  /** Another node on the same database, with the same settings. */
  public TestNode again() {
    return new TestNode(Vertx.vertx(), environment, database);
  }

  /** How often the node has decided so about a submit whose reply was lost. */
  public long decided(Decisions.Kind kind) {
    return node.decisions().counts().get(kind);
  }

  public int port() {
    return node.port();
  }

  /** Where its sandbox listens, which chose the port itself. */
  public int sandboxPort() {
    try {
      return Integer.parseInt(Files.readString(data.resolve("sandbox.port")).strip());
    } catch (IOException unknown) {
      throw new UncheckedIOException(unknown);
    }
  }

  public Answer get(String path, String... headers) {
    return send(request(path, headers).GET());
  }

  public Answer post(String path, JsonObject body, String... headers) {
    return post(path, body.encode(), headers);
  }

  public Answer post(String path, String body, String... headers) {
    return send(request(path, headers).header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  public Answer send(HttpRequest.Builder request) {
    try {
      HttpResponse<byte[]> response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      return new Answer(response);
    } catch (IOException | InterruptedException failed) {
      throw new IllegalStateException(failed);
    }
  }

  public HttpRequest.Builder request(String path, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return request;
  }

  /** A picture task for the sandbox that takes {@code millis}; {@code sandbox} holds more wishes. */
  public static JsonObject picture(long millis, JsonObject sandbox) {
    return new JsonObject().put("capability", "image_generation").put("provider", "fal_standard")
        .put("input", new JsonObject().put("prompt", "a red fox").put("width", 64).put("height", 64))
        .put("provider_options", new JsonObject().put("sandbox",
            new JsonObject().put("duration_ms", millis).put("queue_ms", 0).mergeIn(sandbox)));
  }

  /** Accepts a task and waits for its end. */
  public JsonObject run(JsonObject task) {
    Answer accepted = post("/v1/tasks", task);
    if (accepted.status() != 202) {
      throw new AssertionError(accepted.status() + " " + accepted.json());
    }
    return ended(accepted.json().getString("id"));
  }

  public JsonObject ended(String id) {
    return ended(id, 60);
  }

  /** Fails where it has not ended within {@code seconds}, to the minute. */
  public JsonObject ended(String id, int seconds) {
    JsonObject task = null;
    for (int waited = 0; waited < seconds && (task == null || task.getString("completed_at") == null); waited += 60) {
      task = get("/v1/tasks/" + id + "?wait_seconds=60").json();
    }
    if (task.getString("completed_at") == null) {
      throw new AssertionError("not ended within " + seconds + " s: " + task.encodePrettily());
    }
    return task;
  }

  public JsonArray events(String id) {
    return get("/v1/tasks/" + id + "/events").json().getJsonArray("events");
  }

  /** Begins to stop it; done when it has stopped. Not to be closed any more then. */
  public Future<Void> stop() {
    return node.stop();
  }

  @Override
  public void close() {
    try {
      stop().await(60, TimeUnit.SECONDS);
    } catch (Exception failed) {
      throw new AssertionError("the node does not stop", failed);
    }
  }

  /** What the server answered. */
  public record Answer(HttpResponse<byte[]> response) {
    public int status() {
      return response.statusCode();
    }

    public JsonObject json() {
      return new JsonObject(Buffer.buffer(response.body()));
    }

    public byte[] bytes() {
      return response.body();
    }

    public String header(String name) {
      return response.headers().firstValue(name).orElse(null);
    }
  }
}
