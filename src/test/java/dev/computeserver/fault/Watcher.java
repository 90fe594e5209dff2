package dev.computeserver.fault;

import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Follows all tasks over one WebSocket and, when its node goes, over the next node's from the last event that it has. Judges each
 * event: its id must be above all before, and its {@code seq} the task's next. Lives on one event loop.
 */
final class Watcher {
  private static final int MAX_MESSAGE_BYTES = 1 << 20;
  private static final long AGAIN_MILLIS = 300;
  private static final int MOST_TOLD = 5;
  private static final Set<String> TERMINAL = Set.of("completed", "failed", "cancelled");

  private final Vertx vertx;
  private final WebSocketClient client;
  private final List<ClusterNode> nodes;
  private final Map<String, Integer> seqs = new HashMap<>();
  private final Set<String> ended = new HashSet<>();
  private int at;
  private String lastId;
  private boolean closed;
  private int resumed;
  private int unordered;
  private int gaps;
  private int unrecovered;
  private int told;
  private long seen;
  private volatile int over;

  Watcher(Vertx vertx, List<ClusterNode> nodes, int first) {
    this.vertx = vertx;
    this.nodes = nodes;
    this.at = first;
    client = vertx.createWebSocketClient(new WebSocketClientOptions().setMaxFrameSize(MAX_MESSAGE_BYTES).setMaxMessageSize(MAX_MESSAGE_BYTES)
        .setConnectTimeout(2_000));
  }

  /** Done once the first subscription is confirmed. */
  CompletableFuture<Void> start() {
    CompletableFuture<Void> confirmed = new CompletableFuture<>();
    vertx.runOnContext(now -> connect(confirmed));
    return confirmed;
  }

  private void connect(CompletableFuture<Void> confirmed) {
    ClusterNode node = nodes.get(at++ % nodes.size());
    WebSocketConnectOptions options = new WebSocketConnectOptions().setHost(node.host()).setPort(node.port()).setURI("/v1/live").setTimeout(3_000);
    client.connect(options).onComplete(socket -> connected(socket, confirmed), failure -> again(confirmed));
  }

  private void connected(WebSocket socket, CompletableFuture<Void> confirmed) {
    boolean[] answered = {false};
    socket.textMessageHandler(text -> {
      JsonObject message = new JsonObject(text);
      if (message.containsKey("subscribed")) {
        answered[0] = true;
        unrecovered += message.getBoolean("recovered") ? 0 : 1;
        confirmed.complete(null);
      } else if (message.containsKey("task_id")) {
        judge(message);
      }
    });
    socket.closeHandler(gone -> again(confirmed));
    // A node that is paused keeps its sockets open and says nothing: whoever hears nothing for long goes elsewhere.
    long[] before = {-1};
    long timer = vertx.setPeriodic(4_000, tick -> {
      if (before[0] == seen) {
        socket.close();
      }
      before[0] = seen;
    });
    socket.endHandler(end -> vertx.cancelTimer(timer));
    JsonObject wanted = lastId == null ? new JsonObject() : new JsonObject().put("since", lastId);
    socket.writeTextMessage(new JsonObject().put("subscribe", wanted).encode());
  }

  private void again(CompletableFuture<Void> confirmed) {
    if (!closed) {
      resumed++;
      vertx.setTimer(AGAIN_MILLIS, later -> connect(confirmed));
    }
  }

  private void judge(JsonObject event) {
    String id = event.getString("id");
    String task = event.getString("task_id");
    int seq = event.getInteger("seq");
    int before = seqs.getOrDefault(task, 0);
    seen++;
    boolean late = lastId != null && id.compareTo(lastId) <= 0 || seq <= before;
    if (late || seq > before + 1) {
      tell(event, before);
    }
    if (late) {
      unordered++;
      return;
    }
    gaps += seq == before + 1 ? 0 : 1;
    lastId = id;
    seqs.put(task, seq);
    if (TERMINAL.contains(event.getString("status"))) {
      ended.add(task);
    } else {
      ended.remove(task);
    }
    over = ended.size();
  }

  private void tell(JsonObject event, int before) {
    if (told++ < MOST_TOLD) {
      System.err.println("A watcher got, after " + lastId + " and seq " + before + " of the task: " + event.encode());
    }
  }

  /** How many tasks it has seen end; any thread may ask. */
  int over() {
    return over;
  }

  /** What it has seen, read on its own loop. */
  CompletableFuture<Report> report() {
    CompletableFuture<Report> report = new CompletableFuture<>();
    vertx.runOnContext(now -> report.complete(new Report(Map.copyOf(seqs), Set.copyOf(ended), resumed, unordered, gaps, unrecovered)));
    return report;
  }

  void close() {
    closed = true;
    client.close();
  }

  /**
   * @param seqs the newest seq of each task
   * @param ended tasks whose newest event was terminal
   * @param unrecovered subscriptions for which the server could not go on from the last event
   */
  record Report(Map<String, Integer> seqs, Set<String> ended, int resumed, int unordered, int gaps, int unrecovered) {
  }
}
