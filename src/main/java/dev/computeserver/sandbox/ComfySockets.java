package dev.computeserver.sandbox;

import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.Map;

/** ComfyUI's WebSockets, one for each client id: what they hear of their jobs, at each beat. */
final class ComfySockets {

  private static final int MOST = 1_000;
  private static final int MOST_CLIENTS = 10_000;

  private final Workbench bench;
  private final Map<String, ServerWebSocket> open = new LinkedHashMap<>();
  private final Map<String, String> jobs = new LinkedHashMap<>() {
    @Override
    protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
      return size() > MOST_CLIENTS;
    }
  };
  private final Map<String, Integer> told = new LinkedHashMap<>();

  ComfySockets(Workbench bench) {
    this.bench = bench;
    bench.beat().add(this::tell);
  }

  void belongs(SandboxJob job, String client) {
    jobs.put(client, job.id());
  }

  void open(RoutingContext ctx) {
    String client = ctx.request().getParam("clientId", ctx.request().connection().toString());
    if (open.size() >= MOST) {
      ctx.response().setStatusCode(503).end();
      return;
    }
    ctx.request().toWebSocket().onSuccess(socket -> {
      open.put(client, socket);
      socket.closeHandler(closed -> {
        open.remove(client, socket);
        told.remove(client);
      });
      send(socket, "status", JsonObject.of("status", JsonObject.of("exec_info", JsonObject.of("queue_remaining", 0)), "sid", client));
    });
  }

  private void tell() {
    Map.copyOf(open).forEach((client, socket) -> bench.jobs().find(jobs.getOrDefault(client, "")).ifPresent(job -> tell(client, socket, job)));
  }

  private void tell(String client, ServerWebSocket socket, SandboxJob job) {
    if (socket.isClosed() || !job.started(bench.jobs().now()) || told.getOrDefault(client, -1) >= 100 || socket.writeQueueFull()) {
      return;
    }
    if (!told.containsKey(client)) {
      send(socket, "execution_start", JsonObject.of("prompt_id", job.id(), "timestamp", job.startsAt().toEpochMilli()));
    }
    boolean over = job.over(bench.jobs().now());
    int percent = over ? 100 : (int) Math.min(99, job.progress(bench.jobs().now()) * 100);
    if (percent != told.getOrDefault(client, -1)) {
      JsonObject node = JsonObject.of("value", percent, "max", 100, "state", over ? "finished" : "running", "node_id", "1", "prompt_id", job.id());
      send(socket, "progress_state", JsonObject.of("prompt_id", job.id(), "nodes", JsonObject.of("1", node)));
      told.put(client, percent);
    }
    if (over) {
      send(socket, job.fault() == null ? "execution_success" : "execution_error", JsonObject.of("prompt_id", job.id()));
      send(socket, "executing", JsonObject.of("node", null, "prompt_id", job.id()));
    }
  }

  private static void send(ServerWebSocket socket, String type, JsonObject data) {
    socket.writeTextMessage(JsonObject.of("type", type, "data", data).encode());
  }
}
