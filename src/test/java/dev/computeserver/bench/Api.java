package dev.computeserver.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** The server's HTTP contract as a client uses it, over at most {@value #CONNECTIONS} kept connections. */
final class Api {

  static final int CONNECTIONS = 64;
  private static final int MAX_WAITING = 50_000;
  private static final long TIMEOUT_MILLIS = 60_000;

  /** An answer: its status and its whole body. */
  record Answer(int status, Buffer body) {

    JsonObject json() {
      return body.toJsonObject();
    }
  }

  private final HttpClientAgent client;
  private final int port;

  Api(Vertx vertx, int port) {
    this.port = port;
    this.client = vertx.createHttpClient(new HttpClientOptions(),
        new PoolOptions().setHttp1MaxSize(CONNECTIONS).setMaxWaitQueueSize(MAX_WAITING));
  }

  Future<Answer> get(String uri) {
    return send(HttpMethod.GET, uri, null);
  }

  Future<Answer> post(String uri, Buffer body) {
    return send(HttpMethod.POST, uri, body);
  }

  /** Submits one task and gives its id; any status but 202 fails with {@link Refused}. */
  Future<String> submit(Buffer task) {
    return post("/v1/tasks", task).map(answer -> accepted(answer).json().getString("id"));
  }

  /** Submits up to 1,000 tasks in one call and gives their ids. */
  Future<List<String>> submitBatch(List<JsonObject> tasks) {
    Buffer body = new JsonObject().put("tasks", new JsonArray(tasks)).toBuffer();
    return post("/v1/tasks/batch", body).map(answer -> accepted(answer).json().getJsonArray("tasks").stream()
        .map(task -> ((JsonObject) task).getString("id")).toList());
  }

  /** Whether any task has this status, by the list. */
  Future<Boolean> anyWithStatus(String status) {
    return get("/v1/tasks?limit=1&status=" + status).map(answer -> {
      if (answer.status() != 200) {
        throw new Refused(answer);
      }
      return !answer.json().getJsonArray("tasks").isEmpty();
    });
  }

  private Future<Answer> send(HttpMethod method, String uri, Buffer body) {
    RequestOptions options = new RequestOptions().setMethod(method).setHost("127.0.0.1").setPort(port).setURI(uri)
        .setTimeout(TIMEOUT_MILLIS).setConnectTimeout(TIMEOUT_MILLIS);
    return client.request(options).compose(request -> {
      if (body == null) {
        return request.send();
      }
      request.putHeader("content-type", "application/json");
      return request.send(body);
    }).compose(response -> response.body().map(bytes -> new Answer(response.statusCode(), bytes)));
  }

  private static Answer accepted(Answer answer) {
    if (answer.status() != 202) {
      throw new Refused(answer);
    }
    return answer;
  }

  /** An answer that was not the hoped-for one. */
  static final class Refused extends RuntimeException {

    private final int status;

    Refused(Answer answer) {
      super("The server answered " + answer.status() + ": " + answer.body().toString());
      this.status = answer.status();
    }

    /** Whether the server asked to come back later. */
    boolean later() {
      return status == 429 || status == 503;
    }
  }
}
