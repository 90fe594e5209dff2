package dev.computeserver.routing;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.ProviderConfig;
import dev.computeserver.config.Settings;
import dev.computeserver.provider.Fits;
import dev.computeserver.provider.ProcessorRegistry;
import dev.computeserver.provider.ProviderHealth;
import dev.computeserver.provider.ProviderQueueMap;
import dev.computeserver.task.TaskRequest;
import dev.computeserver.task.TaskState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Resolves what a request wants against what is registered, configured and healthy. */
public final class Routes {
  private final ProcessorRegistry registry;
  private final Settings settings;
  private final ProviderQueueMap queues;
  private final ProviderHealth health;
  private final Fits fits;

  public Routes(ProcessorRegistry registry, Settings settings, ProviderQueueMap queues, ProviderHealth health) {
    this.registry = registry;
    this.settings = settings;
    this.queues = queues;
    this.health = health;
    this.fits = new Fits(registry);
  }

  /**
   * The providers that may run the request, best first, and of each other one why it may not. Whether the input suits them is
   * looked at up to the first that it suits, for that is what an accept needs to know.
   */
  public RouteDecision decide(TaskRequest request) {
    return decide(request, false);
  }

  /** The same with the input looked at for all of them. */
  RouteDecision decideForAll(TaskRequest request) {
    return decide(request, true);
  }

  private RouteDecision decide(TaskRequest request, boolean forAll) {
    if (!request.known()) {
      return new RouteDecision(List.of(), List.of());
    }
    List<ProviderType> wanted = request.providers().isEmpty() ? Arrays.asList(ProviderType.values()) : request.providers();
    List<RouteDecision.Candidate> all = wanted.stream().map(type -> judge(type, request)).toList();
    List<RouteDecision.Candidate> usable = all.stream().filter(RouteDecision.Candidate::usable)
        // Stable: among the healthy, and among the others, the wanted order stays.
        .sorted(Comparator.comparing(candidate -> health.of(candidate.place().provider()) == ProviderHealth.State.DOWN))
        .toList();
    RouteDecision decision = new RouteDecision(usable, all.stream().filter(candidate -> !candidate.usable()).toList());
    return request.pinned() || usable.size() < 2 ? decision : fitting(request, decision, forAll);
  }

  /** Leaves out those that would refuse the input; where all would, the first says so to the client. */
  private RouteDecision fitting(TaskRequest request, RouteDecision decision, boolean forAll) {
    List<RouteDecision.Candidate> able = new ArrayList<>();
    List<RouteDecision.Candidate> unable = new ArrayList<>();
    for (RouteDecision.Candidate candidate : decision.usable()) {
      TaskState.Place place = candidate.place();
      Optional<String> why = forAll || able.isEmpty() ? fits.refusal(request, place.provider(), place.model()) : Optional.empty();
      why.ifPresentOrElse(reason -> unable.add(new RouteDecision.Candidate(place, false, "would refuse it: " + reason)), () -> able.add(candidate));
    }
    unable.addAll(decision.refused());
    return able.isEmpty() ? decision : new RouteDecision(able, unable);
  }

  private RouteDecision.Candidate judge(ProviderType type, TaskRequest request) {
    ProviderCapability capability = request.capability();
    TaskState.Place place = new TaskState.Place(type, modelFor(type, request), queues.queueOf(type));
    String reason = whyNot(type, capability, place.model());
    if (reason == null && request.providers().isEmpty() && request.model() != null && !request.model().equals(place.model())) {
      reason = "does not list the model " + request.model() + "; name the provider to have it passed on";
    }
    return new RouteDecision.Candidate(place, reason == null, reason == null ? health.of(type).word() : reason);
  }

  private String whyNot(ProviderType type, ProviderCapability capability, String model) {
    if (registry.of(type).isEmpty()) {
      return "has no processor in this version";
    }
    if (!registry.of(type).get().capabilities().contains(capability)) {
      return "lacks the capability";
    }
    ProviderConfig config = settings.providers().get(type);
    if (config == null) {
      return "has no entry in conf/providers.yaml";
    }
    if (!settings.configured(type) && !settings.usesSandbox(type)) {
      return config.baseUrlEnv().isEmpty() ? "has no key; set " + config.apiKeyEnv() : "has no base URL; set " + config.baseUrlEnv();
    }
    return model == null ? "has no model for the capability in conf/providers.yaml" : null;
  }

  /** The client's model where it is meant for this provider: pinned, first choice, or one that the provider lists. */
  private String modelFor(ProviderType type, TaskRequest request) {
    ProviderConfig config = settings.providers().get(type);
    List<String> listed = config == null ? List.of() : config.models().getOrDefault(request.capability(), List.of());
    boolean first = !request.providers().isEmpty() && request.providers().get(0) == type;
    if (request.model() != null && (first || listed.contains(request.model()))) {
      return request.model();
    }
    return listed.isEmpty() ? null : listed.get(0);
  }

  /** For a message to the client. */
  static String reasons(List<RouteDecision.Candidate> refused) {
    return refused.stream().map(each -> each.place().provider().word() + " " + each.reason()).collect(Collectors.joining("; "));
  }
}
