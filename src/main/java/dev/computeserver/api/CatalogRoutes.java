package dev.computeserver.api;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.ProviderConfig;
import dev.computeserver.provider.Gate;
import dev.computeserver.provider.ProviderProcessor;
import dev.computeserver.provider.ProviderQueueMap;
import dev.computeserver.task.TaskQueries.Load;
import dev.computeserver.task.Times;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** What is registered, how it is configured and how busy it is. */
final class CatalogRoutes {
  private static final int MOST_COUNTED = 100_000;
  private static final long FRESH_NANOS = 1_000_000_000L;

  private final ApiParts parts;
  private final Schemas schemas;
  private final ProviderQueueMap queues;
  private Future<Map<ProviderType, Load>> load;
  private long loadedAt;

  CatalogRoutes(ApiParts parts, Schemas schemas) {
    this.parts = parts;
    this.schemas = schemas;
    this.queues = new ProviderQueueMap(parts.settings().providers());
  }

  void mount(Router router) {
    List.of("/v1/providers", "/v1/capabilities", "/v1/queues").forEach(path -> router.get(path).handler(context -> {
      QueryParameters.of(context).only();
      context.next();
    }));
    serve(router, "/v1/providers", this::providers);
    router.get("/v1/capabilities").handler(context -> Answers.json(context, 200, capabilities()));
    serve(router, "/v1/queues", this::queues);
  }

  private void serve(Router router, String path, Function<Map<ProviderType, Load>, JsonObject> body) {
    router.get(path).handler(context -> load().map(body).onComplete(
        json -> Answers.json(context, 200, json), failure -> Answers.failure(context, failure)));
  }

  /** Counting costs a walk through the queue, so many callers share one count a second. */
  private Future<Map<ProviderType, Load>> load() {
    long now = System.nanoTime();
    if (load == null || load.failed() || load.isComplete() && now - loadedAt > FRESH_NANOS) {
      load = parts.queries().load(MOST_COUNTED);
      loadedAt = now;
    }
    return load;
  }

  private JsonObject providers(Map<ProviderType, Load> loads) {
    JsonArray providers = new JsonArray();
    for (ProviderType type : ProviderType.values()) {
      Optional<ProviderProcessor> processor = parts.registry().of(type);
      Optional<ProviderConfig> config = Optional.ofNullable(parts.settings().providers().get(type));
      providers.add(new JsonObject()
          .put("provider", type.word())
          .put("registered", processor.isPresent())
          .put("configured", parts.settings().configured(type))
          .put("sandbox", processor.isPresent() && parts.settings().usesSandbox(type))
          .put("queue", queues.queueOf(type))
          .put("health", parts.health().of(type).word())
          .put("gate", parts.health().gate(type).map(CatalogRoutes::gate).orElse(null))
          .put("task_types", words(processor.map(ProviderProcessor::supportedTaskTypes).orElse(Set.of())))
          .put("capabilities", words(processor.map(ProviderProcessor::capabilities).orElse(Set.of())))
          .put("models", config.map(CatalogRoutes::models).orElse(new JsonObject()))
          .put("running", loads.get(type).running())
          .put("waiting", loads.get(type).waiting())
          .put("limits", config.map(each -> new JsonObject().put("max_in_flight", each.limits().maxInFlight())
              .put("max_connections", each.limits().maxConnections())).orElse(null)));
    }
    return new JsonObject().put("providers", providers);
  }

  /** Whether this node's submits get through, and what they wait for where not. */
  private static JsonObject gate(Gate gate) {
    Gate.Look look = gate.look();
    JsonObject json = new JsonObject().put("state", look.state().word());
    return look.why() == null ? json : json.put("since", Times.text(look.since())).put("until", Times.text(look.until()))
        .put("code", look.why().codeWord()).put("message", look.why().message()).put("api_key_env", look.keyName().isEmpty() ? null : look.keyName());
  }

  private static JsonObject models(ProviderConfig config) {
    JsonObject models = new JsonObject();
    config.models().forEach((capability, ids) -> models.put(capability.word(), new JsonArray(ids)));
    return models;
  }

  private JsonObject capabilities() {
    JsonArray capabilities = new JsonArray();
    for (ProviderCapability capability : ProviderCapability.values()) {
      capabilities.add(new JsonObject()
          .put("capability", capability.word())
          .put("type", capability.taskType().word())
          .put("providers", words(parts.registry().with(capability)))
          .put("input", schemas.inputOf(capability)));
    }
    return new JsonObject().put("capabilities", capabilities);
  }

  private JsonObject queues(Map<ProviderType, Load> loads) {
    JsonArray all = new JsonArray();
    queues.providersByQueue().forEach((queue, providers) -> all.add(new JsonObject()
        .put("queue", queue)
        .put("providers", words(providers))
        .put("slots", parts.settings().queues().get(queue).slots())
        .put("running", providers.stream().mapToLong(type -> loads.get(type).running()).sum())
        .put("waiting", providers.stream().mapToLong(type -> loads.get(type).waiting()).sum())));
    return new JsonObject().put("queues", all);
  }

  private static JsonArray words(Collection<? extends Named> named) {
    JsonArray words = new JsonArray();
    named.forEach(each -> words.add(each.word()));
    return words;
  }
}
