package dev.computeserver.api;

import dev.computeserver.api.Problem.Fault;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.TaskId;
import dev.computeserver.task.TaskQueries;
import dev.computeserver.task.TaskStatus;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.UUID;

/**
 * What {@code GET /v1/tasks} was asked.
 *
 * @param before only older tasks, from the cursor; or null
 */
record TaskListQuery(TaskQueries.Filter filter, UUID before, int limit) {
  private static final int USUAL = 50;
  private static final int MOST = 500;
  private static final String METADATA = "metadata.";

  static TaskListQuery of(RoutingContext context) {
    QueryParameters query = QueryParameters.of(context)
        .onlyWith(METADATA, "status", "capability", "provider", "created_after", "created_before", "limit", "cursor");
    JsonObject metadata = new JsonObject();
    query.all().forEach(each -> {
      if (each.getKey().equals(METADATA)) {
        throw Problem.invalid(List.of(Fault.parameter(METADATA, "needs the name of a field behind the dot")));
      }
      if (each.getKey().startsWith(METADATA)) {
        metadata.put(each.getKey().substring(METADATA.length()), each.getValue());
      }
    });
    TaskQueries.Filter filter = new TaskQueries.Filter(query.named(TaskStatus.class, "status"),
        query.named(ProviderCapability.class, "capability"), query.named(ProviderType.class, "provider"),
        floor(query.time("created_after"), 1), floor(query.time("created_before"), 0), metadata);
    String cursor = query.text("cursor");
    return new TaskListQuery(filter, cursor == null ? null : before(cursor), query.whole("limit", USUAL, 1, MOST));
  }

  /** After a millisecond means from the next one on. */
  private static UUID floor(Instant time, long millis) {
    return time == null ? null : TaskId.floor(time.plusMillis(millis));
  }

  static String cursor(UUID last) {
    byte[] bytes = ByteBuffer.allocate(16).putLong(last.getMostSignificantBits()).putLong(last.getLeastSignificantBits()).array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static UUID before(String cursor) {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(cursor);
      if (bytes.length == 16) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new UUID(buffer.getLong(), buffer.getLong());
      }
    } catch (IllegalArgumentException malformed) {
      // Answered below.
    }
    throw Problem.invalid(List.of(Fault.parameter("cursor", "is not one of ours; take next_cursor of the page before")));
  }
}
