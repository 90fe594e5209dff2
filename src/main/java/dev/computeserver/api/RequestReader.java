package dev.computeserver.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.computeserver.api.Problem.Fault;
import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.Settings;
import dev.computeserver.outbound.UrlGuard;
import dev.computeserver.provider.InputUrls;
import dev.computeserver.routing.RouterVerticle.Wanted;
import dev.computeserver.task.ProviderOptions;
import dev.computeserver.task.TaskRequest;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;

/** Reads requests strictly: every fault of a body is reported at once, with its place. */
final class RequestReader {
  private static final int MOST_IN_BATCH = 1_000;
  private static final int MOST_METADATA = 16 * 1024;
  private static final List<String> ENDS = List.of("completed", "failed", "cancelled");

  private final Schemas schemas;
  private final Settings.Tasks rules;
  private final UrlGuard guard;
  private final InstantSource clock;

  RequestReader(Schemas schemas, Settings.Tasks rules, UrlGuard guard, InstantSource clock) {
    this.schemas = schemas;
    this.rules = rules;
    this.guard = guard;
    this.clock = clock;
  }

  /** The task of a body; throws {@link Problem}. */
  Wanted one(Buffer body) {
    RequestFaults faults = new RequestFaults();
    ExactJson.Read json = ExactJson.read(body, faults);
    faults.refuse();
    Wanted wanted = read(json.value(), "", faults);
    faults.refuse();
    return wanted;
  }

  /** The tasks of a batch's body; throws {@link Problem}. */
  List<Wanted> batch(Buffer body) {
    RequestFaults faults = new RequestFaults();
    JsonNode tree = ExactJson.read(body, faults).value();
    JsonNode tasks = tree.path("tasks");
    if (!tree.isObject() || !tasks.isArray() || tasks.isEmpty() || tasks.size() > MOST_IN_BATCH) {
      faults.add(Fault.at("/tasks", "must be an array of 1 to " + MOST_IN_BATCH + " tasks"));
    }
    tree.fieldNames().forEachRemaining(name -> {
      if (!name.equals("tasks")) {
        faults.add(Fault.at("/" + Schemas.escaped(name), "is unknown here"));
      }
    });
    faults.refuse();
    List<Wanted> wanted = new ArrayList<>(tasks.size());
    for (int i = 0; i < tasks.size() && !faults.isFull(); i++) {
      wanted.add(read(tasks.get(i), "/tasks/" + i, faults));
    }
    faults.refuse();
    return wanted;
  }

  private Wanted read(JsonNode body, String base, RequestFaults faults) {
    int before = faults.size();
    schemas.check(body, base, faults);
    if (faults.size() > before) {
      return null;
    }
    JsonObject json = (JsonObject) ExactJson.plain(body, false);
    // A schema takes 42.0 for a whole number; not every provider does.
    json.put("input", ExactJson.plain(body.path("input"), true));
    ProviderCapability capability = Named.of(ProviderCapability.class, json.getString("capability")).orElseThrow();
    if (json.containsKey("type") && !capability.taskType().word().equals(json.getString("type"))) {
      faults.add(Fault.at(base + "/type", "must be " + capability.taskType().word() + " for " + capability.word()));
    }
    List<ProviderType> providers = providers(json, base, faults);
    json.getJsonObject("input", new JsonObject()).forEach(field -> InputUrls.fault(field.getKey(), field.getValue())
        .ifPresent(fault -> faults.add(Fault.at(base + fault.pointer(), fault.getMessage()))));
    TaskRequest.Webhook webhook = webhook(json.getJsonObject("webhook"), base, faults);
    JsonObject metadata = metadata(json.getJsonObject("metadata"), base, faults);
    Instant runAt = runAt(json, base, faults);
    JsonObject options = json.getJsonObject("provider_options", new JsonObject());
    ProviderOptions.check(options, providers, (pointer, what) -> faults.add(Fault.at(base + pointer, what)));
    TaskRequest request = new TaskRequest(capability, providers, json.containsKey("provider"), json.getString("model"),
        json.getJsonObject("input"), options, json.getInteger("priority", 0),
        json.getInteger("timeout_seconds", rules.timeoutSeconds()), json.getInteger("max_attempts", rules.maxAttempts()),
        "resubmit".equals(json.getString("on_submission_unknown")), webhook, metadata);
    return new Wanted(request, runAt);
  }

  private static List<ProviderType> providers(JsonObject json, String base, RequestFaults faults) {
    List<String> all = json.getJsonArray("providers") == null ? List.of()
        : json.getJsonArray("providers").stream().map(String.class::cast).toList();
    String pinned = json.getString("provider");
    if (pinned != null && !all.isEmpty() && !all.contains(pinned)) {
      faults.add(Fault.at(base + "/provider", "must be one of providers where both are given"));
    }
    List<String> words = pinned == null ? all : List.of(pinned);
    return words.stream().map(word -> Named.of(ProviderType.class, word).orElseThrow()).toList();
  }

  private TaskRequest.Webhook webhook(JsonObject json, String base, RequestFaults faults) {
    if (json == null) {
      return null;
    }
    try {
      guard.check(json.getString("url"));
    } catch (UrlGuard.RefusedUrl refused) {
      faults.add(Fault.at(base + "/webhook/url", refused.getMessage()));
    }
    return new TaskRequest.Webhook(json.getString("url"), json.getJsonArray("events") == null ? ENDS
        : json.getJsonArray("events").stream().map(String.class::cast).toList());
  }

  private static JsonObject metadata(JsonObject metadata, String base, RequestFaults faults) {
    if (metadata == null || metadata.isEmpty()) {
      return null;
    }
    String text = metadata.encode();
    if (text.length() > MOST_METADATA) {
      faults.add(Fault.at(base + "/metadata", "must not be longer than " + MOST_METADATA + " characters as JSON"));
    }
    return metadata;
  }

  private Instant runAt(JsonObject json, String base, RequestFaults faults) {
    if (json.containsKey("run_at") && json.containsKey("delay_seconds")) {
      faults.add(Fault.at(base + "/delay_seconds", "must not be given together with run_at"));
    }
    if (json.containsKey("delay_seconds")) {
      Instant at = clock.instant().plusMillis(Math.round(json.getDouble("delay_seconds") * 1_000));
      return withinHistory(at, base + "/delay_seconds", faults);
    }
    if (!json.containsKey("run_at")) {
      return null;
    }
    try {
      Instant at = OffsetDateTime.parse(json.getString("run_at")).toInstant();
      return at.isBefore(clock.instant()) ? null : withinHistory(at, base + "/run_at", faults);
    } catch (DateTimeParseException malformed) {
      faults.add(Fault.at(base + "/run_at", "must be a time such as 2026-11-22T21:00:00.000Z"));
      return null;
    }
  }

  /** A task that waits for longer would lose the first of its events before it begins. */
  private Instant withinHistory(Instant at, String place, RequestFaults faults) {
    if (at.isAfter(clock.instant().plus(Duration.ofDays(rules.retentionDays())))) {
      faults.add(Fault.at(place, "must not be more than " + rules.retentionDays() + " days away, which is tasks.retention_days"));
    }
    return at;
  }
}
