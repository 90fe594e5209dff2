package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderType;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** {@code GET /v1/models/requests/by-endpoint}: started requests of one model, latest first, none that is queued. */
final class FalHistory {

  private static final int MOST = 100;

  private final Workbench bench;
  private final FalOutcome outcome;

  FalHistory(Workbench bench, FalOutcome outcome) {
    this.bench = bench;
    this.outcome = outcome;
  }

  void list(RoutingContext ctx) {
    HttpServerRequest request = ctx.request();
    String model = request.getParam("endpoint_id");
    if (model == null) {
      FalErrors.model(422, List.of("query", "endpoint_id"), "Field required", "missing", false).send(ctx.response());
      return;
    }
    Instant now = bench.jobs().now();
    int limit;
    int skip;
    Predicate<SandboxJob> wanted;
    try {
      limit = Math.max(1, Math.min(MOST, Integer.parseInt(request.getParam("limit", "50"))));
      skip = Math.max(0, Integer.parseInt(request.getParam("cursor", "0")));
      Instant start = Instant.parse(request.getParam("start", "1970-01-01T00:00:00Z"));
      Instant end = Instant.parse(request.getParam("end", "9999-01-01T00:00:00Z"));
      String id = request.getParam("request_id");
      wanted = job -> job.provider() == ProviderType.FAL_STANDARD
          && job.model().equals(model) && job.started(now)
          && job.fact("start_timeout") == null && (id == null || id.equals(job.id()))
          && !job.acceptedAt().isBefore(start) && job.acceptedAt().isBefore(end);
    } catch (NumberFormatException | DateTimeException e) {
      FalErrors.model(422, List.of("query"), "limit and cursor must be numbers, start and end times such as "
          + "2026-11-02T10:00:00Z", "value_error", false).send(ctx.response());
      return;
    }
    List<SandboxJob> page = bench.jobs().latest().filter(wanted).skip(skip).limit(limit + 1L).toList();
    boolean more = page.size() > limit;
    rows(more ? page.subList(0, limit) : page, "payloads".equals(request.getParam("expand")), now)
        .map(rows -> Reply.json(200, JsonObject.of("items", only(rows, request.getParam("status")),
            "next_cursor", more ? String.valueOf(skip + limit) : null, "has_more", more)))
        .recover(e -> Future.succeededFuture(FalErrors.machinery(500, "Internal Server Error", "internal_error", true)))
        .onSuccess(reply -> reply.send(ctx.response()));
  }

  private Future<JsonArray> rows(List<SandboxJob> jobs, boolean payloads, Instant now) {
    List<Future<JsonObject>> rows = new ArrayList<>();
    for (SandboxJob job : jobs) {
      Future<Reply> reply = job.over(now) ? outcome.of(job) : Future.succeededFuture();
      rows.add(reply.compose(ended -> payloads && !"0".equals(job.fact("store_io"))
          ? bench.read(job, input -> row(job, ended).put("json_input", input)
              .put("json_output", ended == null ? null : ended.jsonBody()))
          : Future.succeededFuture(row(job, ended))));
    }
    return Future.all(rows).map(all -> new JsonArray(all.<JsonObject>list()));
  }

  private static JsonObject row(SandboxJob job, Reply ended) {
    return JsonObject.of("request_id", job.id(), "endpoint_id", job.model(), "sent_at", time(job.acceptedAt()),
        "started_at", time(job.startsAt()), "ended_at", ended == null ? null : time(job.endsAt()),
        "status_code", ended == null ? null : ended.status(),
        "duration", ended == null ? null : FalStatus.seconds(job));
  }

  private static JsonArray only(JsonArray rows, String status) {
    JsonArray left = new JsonArray();
    for (int i = 0; i < rows.size(); i++) {
      Integer code = rows.getJsonObject(i).getInteger("status_code");
      String word = code == null ? "" : code == 200 ? "success" : code < 500 ? "user_error" : "error";
      if (status == null || status.equals(word)) {
        left.add(rows.getJsonObject(i));
      }
    }
    return left;
  }

  private static String time(Instant at) {
    return at.truncatedTo(ChronoUnit.MILLIS).toString();
  }
}
