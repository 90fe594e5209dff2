package dev.computeserver.routing;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.ProviderConfig;
import dev.computeserver.config.Settings;
import dev.computeserver.provider.Fits;
import dev.computeserver.provider.InvalidInput;
import dev.computeserver.provider.ProcessorRegistry;
import dev.computeserver.provider.ProviderHealth;
import dev.computeserver.provider.ProviderQueueMap;
import dev.computeserver.routing.RouteDecision.Kind;
import dev.computeserver.routing.RouteDecision.Refusal;
import dev.computeserver.task.ProviderOptions;
import dev.computeserver.task.Route;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskRequest;
import dev.computeserver.task.TaskState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Resolves what a request wants against what is registered, configured and healthy, and what would take it. Any thread may ask. */
public final class Routes {
  private static final List<ProviderType> ALL = List.of(ProviderType.values());
  private static final int MOST_HINTS = 3;

  private final ProcessorRegistry registry;
  private final Settings settings;
  private final ProviderQueueMap queues;
  private final ProviderHealth health;

  public Routes(ProcessorRegistry registry, Settings settings, ProviderQueueMap queues, ProviderHealth health) {
    this.registry = registry;
    this.settings = settings;
    this.queues = queues;
    this.health = health;
  }

  /** The providers that may run the request and would take it, best first, each with the first of its models that would; and why others not. */
  public RouteDecision decide(TaskRequest request) {
    if (!request.known()) {
      return new RouteDecision(false, List.of(), List.of());
    }
    List<ProviderType> named = request.providers();
    List<ProviderType> wanted = named.isEmpty() ? ALL : named;
    boolean real = wanted.stream().anyMatch(settings::configured);
    List<Refusal> refused = new ArrayList<>();
    List<ProviderType> able = new ArrayList<>();
    for (ProviderType type : wanted) {
      whyNot(type, request, real).ifPresentOrElse(refused::add, () -> able.add(type));
    }
    Fits fits = new Fits(registry, request);
    List<TaskState.Place> usable = new ArrayList<>();
    able.sort(Comparator.comparing(this::comesLast).thenComparing(type -> !lists(type, request)));
    for (ProviderType type : able) {
      boolean first = named.isEmpty() ? usable.isEmpty() : isNamedFirst(type, request);
      place(type, request, fits, first, !real, refused).ifPresent(usable::add);
    }
    return new RouteDecision(!real, usable, refused);
  }

  /** Who was found fit for a task when it was accepted and may still run it, best first. */
  List<TaskState.Place> candidates(Task task) {
    Route route = task.route();
    if (route == null) {
      return decide(task.request()).usable();
    }
    List<TaskState.Place> places = new ArrayList<>();
    for (Route.Candidate candidate : route.candidates()) {
      Named.of(ProviderType.class, candidate.provider()).filter(type -> registry.of(type).isPresent())
          .filter(type -> route.sandbox() ? settings.usesSandbox(type) : settings.configured(type))
          .ifPresent(type -> places.add(new TaskState.Place(type, candidate.model(), queues.queueOf(type))));
    }
    places.sort(Comparator.comparing(place -> comesLast(place.provider())));
    return places;
  }

  /** Others that would take what all who may would refuse, in words; empty where nobody would. */
  String hints(TaskRequest request) {
    boolean real = ALL.stream().anyMatch(settings::configured);
    TaskRequest open = request.anywhere();
    Fits fits = new Fits(registry, open);
    List<String> now = new ArrayList<>();
    List<String> otherwise = new ArrayList<>();
    for (ProviderType type : ALL) {
      Optional<Refusal> why = whyNot(type, open, real);
      boolean helps = why.isEmpty() || why.get().kind() == Kind.UNCONFIGURED || why.get().kind() == Kind.PLAYED;
      if (helps && now.size() < MOST_HINTS) {
        place(type, open, fits, false, true, new ArrayList<>()).ifPresent(place -> (why.isEmpty() ? now : otherwise)
            .add(place.provider().word() + " with the model " + place.model() + why.map(each -> ", which " + each.text()).orElse("")));
      }
    }
    List<String> told = now.isEmpty() ? otherwise : now;
    return told.isEmpty() ? "" : "would be taken by " + String.join(" or ", told.subList(0, Math.min(told.size(), MOST_HINTS)));
  }

  private boolean comesLast(ProviderType type) {
    return health.of(type).comesLast();
  }

  /** Whether the provider takes nothing for a while, as far as this node knows. */
  boolean isWaiting(ProviderType type) {
    return health.of(type) == ProviderHealth.State.WAITING;
  }

  /** What tasks wait for that the provider with this name should take, as far as this node knows. */
  Optional<String> whyWaiting(String provider) {
    return Named.of(ProviderType.class, provider).flatMap(health::gate).map(gate -> gate.look().why())
        .map(why -> provider + " takes nothing more now: " + why.message());
  }

  /** With the first of the models in question that takes the input; without any, why the first does not. */
  private Optional<TaskState.Place> place(ProviderType type, TaskRequest request, Fits fits, boolean isFirst, boolean sandbox, List<Refusal> refused) {
    InvalidInput why = null;
    for (String model : models(type, request)) {
      Optional<InvalidInput> refusal = closed(type, model).map(InvalidInput::model)
          .or(() -> fits.refusal(type, model, request.optionsFor(type, isFirst, sandbox)));
      if (refusal.isEmpty()) {
        return Optional.of(new TaskState.Place(type, model, queues.queueOf(type)));
      }
      why = why == null ? refusal.get() : why;
    }
    refused.add(new Refusal(type, Kind.INPUT, "would refuse it: " + why.getMessage(), null,
        ProviderOptions.pointer(request.providerOptions(), type.word(), why.pointer())));
    return Optional.empty();
  }

  /**
   * The client's model where it is meant for this provider, which lists it, or is the first choice and none of the others does; else all
   * that it lists and its key opens.
   */
  private List<String> models(ProviderType type, TaskRequest request) {
    boolean meant = lists(type, request)
        || request.model() != null && isNamedFirst(type, request) && request.providers().stream().noneMatch(other -> lists(other, request));
    return meant ? List.of(request.model()) : listed(type, request.capability()).stream().filter(model -> closed(type, model).isEmpty()).toList();
  }

  /** Why the provider's key does not open the model; the sandbox, which needs none, has all. */
  private Optional<String> closed(ProviderType type, String model) {
    ProviderConfig config = settings.providers().get(type);
    return settings.usesSandbox(type) ? Optional.empty()
        : registry.of(type).flatMap(processor -> processor.closed(model, config.baseUrl(), config.apiKey()));
  }

  private boolean lists(ProviderType type, TaskRequest request) {
    return request.model() != null && listed(type, request.capability()).contains(request.model());
  }

  private static boolean isNamedFirst(ProviderType type, TaskRequest request) {
    return !request.providerWords().isEmpty() && request.providerWords().get(0).equals(type.word());
  }

  private List<String> listed(ProviderType type, ProviderCapability capability) {
    ProviderConfig config = settings.providers().get(type);
    return config == null ? List.of() : config.models().getOrDefault(capability, List.of());
  }

  private Optional<Refusal> whyNot(ProviderType type, TaskRequest request, boolean real) {
    if (registry.of(type).isEmpty()) {
      return refusal(type, Kind.UNABLE, "has no processor in this version", null);
    }
    if (!registry.of(type).get().capabilities().contains(request.capability())) {
      return refusal(type, Kind.UNABLE, "lacks the capability", null);
    }
    ProviderConfig config = settings.providers().get(type);
    if (config == null) {
      return refusal(type, Kind.UNABLE, "has no entry in conf/providers.yaml", null);
    }
    if (models(type, request).isEmpty()) {
      return refusal(type, Kind.UNABLE, "has no model for the capability in conf/providers.yaml that its key opens", null);
    }
    if (request.providerWords().isEmpty() && request.model() != null && !lists(type, request)) {
      return refusal(type, Kind.UNLISTED, "does not list the model " + request.model(), "name the provider to have it passed on");
    }
    if (settings.configured(type)) {
      return Optional.empty();
    }
    String key = config.baseUrlEnv().isEmpty() ? config.apiKeyEnv() : config.baseUrlEnv();
    if (!settings.usesSandbox(type)) {
      return refusal(type, Kind.UNCONFIGURED, config.baseUrlEnv().isEmpty() ? "has no key" : "has no base URL", "set " + key);
    }
    return real ? refusal(type, Kind.PLAYED, "is played by the sandbox only", "set " + key + ", or name it as the provider to have it played")
        : Optional.empty();
  }

  private static Optional<Refusal> refusal(ProviderType type, Kind kind, String reason, String advice) {
    return Optional.of(new Refusal(type, kind, reason, advice, null));
  }
}
