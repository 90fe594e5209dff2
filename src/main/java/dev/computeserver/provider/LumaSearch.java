package dev.computeserver.provider;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The search for a lost submit's generation in the account's list, whose order is not promised. Each entry tells the request
 * again: by a callback URL of ours it is known for sure, else by all that was sent and the time.
 *
 * @param body what was sent
 */
record LumaSearch(Submission task, JsonObject body, Instant sentAt) {
  private static final int PAGE = 100;
  private static final Duration SKEW = Duration.ofSeconds(60);

  Exchange page(int offset) {
    return Exchange.get("/generations?limit=" + PAGE + "&offset=" + offset, reply -> read(offset, reply.json()));
  }

  private Step read(int offset, JsonObject list) {
    if (!(list.getValue("generations") instanceof JsonArray generations)) {
      throw new MissingField("generations");
    }
    List<Job> likely = Json.objects(list, "generations").stream().filter(each -> Ids.in(each, "id") != null && isOurs(each))
        .sorted(Comparator.comparing(generation -> Duration.between(sentAt, createdAt(generation)).abs()))
        .map(generation -> Luma.job(generation, task.attempt()))
        .toList();
    if (isKnownByItsUrl() && !likely.isEmpty()) {
      return new Step.Waiting(likely.get(0), null);
    }
    boolean more = Boolean.TRUE.equals(list.getValue("has_more")) && !generations.isEmpty();
    return Step.Found.of(likely, more ? page(offset + generations.size()) : null);
  }

  private boolean isOurs(JsonObject generation) {
    JsonObject echo = Json.object(generation, "request");
    return isKnownByItsUrl() ? body.getString("callback_url").equals(echo.getValue("callback_url"))
        : holds(echo, body) && !createdAt(generation).isBefore(sentAt.minus(SKEW));
  }

  /** A callback URL that the client chose may serve many tasks. */
  private boolean isKnownByItsUrl() {
    return body.containsKey("callback_url") && !task.options().containsKey("callback_url");
  }

  /** When it was created; where that is not told, when it may have been. */
  private Instant createdAt(JsonObject generation) {
    return Json.time(generation, "created_at", sentAt);
  }

  /** Whether the echo tells all that was sent; it may tell more, such as defaults. */
  private boolean holds(Object echo, Object sent) {
    if (sent instanceof JsonObject fields) {
      return echo instanceof JsonObject told && fields.stream().allMatch((Map.Entry<String, Object> field) ->
          holds(told.getValue(field.getKey()), field.getValue()));
    }
    if (sent instanceof Number number) {
      return echo instanceof Number told && told.doubleValue() == number.doubleValue();
    }
    // What the client gave inline was sent as a link of ours, which names the task.
    boolean inline = sent instanceof String text && text.startsWith("data:");
    return inline ? echo instanceof String link && link.contains("/" + task.taskId() + "/") : Objects.equals(sent, echo);
  }
}
