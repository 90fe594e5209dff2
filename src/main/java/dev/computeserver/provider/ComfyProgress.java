package dev.computeserver.provider;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;

/**
 * What ComfyUI tells of one job on its WebSocket: the nodes that are done and how far the running one is make the
 * percentage. Older servers tell of each node alone, newer ones of all together.
 */
final class ComfyProgress implements Function<String, Channel.News> {
  private final String job;
  private final int nodes;
  private final Set<String> done = new HashSet<>();
  private String running;
  private boolean whole;

  /** @param nodes of the graph; 0 where unknown, which gives no percentage */
  ComfyProgress(String job, int nodes) {
    this.job = job;
    this.nodes = nodes;
  }

  @Override
  public Channel.News apply(String message) {
    JsonObject event = Json.object(Buffer.buffer(message));
    JsonObject data = Json.object(event, "data");
    if (!job.equals(data.getValue("prompt_id"))) {
      return Channel.News.NONE;
    }
    return switch (Words.of(event.getValue("type"))) {
      case "execution_cached" -> {
        Json.array(data, "nodes").forEach(node -> remember(String.valueOf(node)));
        yield Channel.News.NONE;
      }
      case "executing" -> executing(Json.text(data, "node"));
      case "progress_state" -> state(Json.object(data, "nodes"));
      case "progress" -> whole ? Channel.News.NONE : step(part(data));
      case "execution_success", "execution_error", "execution_interrupted" -> new Channel.News(null, true);
      default -> Channel.News.NONE;
    };
  }

  private Channel.News executing(String node) {
    if (node == null) {
      return new Channel.News(null, true);
    }
    if (running != null) {
      remember(running);
    }
    running = node;
    return Channel.News.NONE;
  }

  private Channel.News state(JsonObject states) {
    whole = true;
    double under = 0;
    for (String node : states.fieldNames()) {
      JsonObject state = Json.object(states, node);
      String word = Words.of(state.getValue("state"));
      if (word.equals("finished")) {
        remember(node);
      } else if (word.equals("running")) {
        under += part(state);
      }
    }
    return step(under);
  }

  /** A graph may grow while it runs; what is remembered may not. */
  private void remember(String node) {
    if (done.size() < 10_000) {
      done.add(node);
    }
  }

  private Channel.News step(double under) {
    return nodes == 0 ? Channel.News.NONE
        : new Channel.News(new JsonObject().put("percent", (int) Math.min(99, Math.round(100 * (done.size() + under) / nodes))), false);
  }

  private static double part(JsonObject of) {
    Double value = Json.number(of, "value");
    Double most = Json.number(of, "max");
    return value == null || most == null || most <= 0 ? 0 : Math.max(0, Math.min(1, value / most));
  }
}
