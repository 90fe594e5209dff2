package dev.computeserver.provider;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.bus.Bus;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.ProviderConfig;
import dev.computeserver.config.Settings;
import dev.computeserver.media.OutputStore;
import dev.computeserver.outbound.GuardedClient;
import dev.computeserver.outbound.UrlGuard;
import dev.computeserver.task.Lease;
import dev.computeserver.task.ReportedJobs;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskQueries;
import dev.computeserver.task.TaskStore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Makes what a queue's attempts share, and what takes callbacks, each on its caller's own event loop.
 *
 * @param baseUrl where a provider is reached: its own URL or the sandbox's
 * @param memory the node's budget for what others send
 * @param links makes links to what clients gave inline
 */
public record Desks(
    Settings settings, ProcessorRegistry registry, TaskStore store, Lease lease, TaskQueries queries, OutputStore outputs, UrlGuard guard,
    AfterFailure afterFailure, ProviderHealth health, Function<ProviderType, String> baseUrl, CallbackAddresses addresses, InputLinks links,
    ReportedJobs reported, Decisions decisions, ByteBudget memory, MeterRegistry meters, InstantSource clock) {

  private static final int KEY_CONNECTIONS = 16;
  /** Requests at once to links in providers' replies besides downloads, and connections to one host of clients' files. */
  private static final int MOST_LINKS = 256;
  private static final int MOST_FETCHES = 1_000;
  /** As many as a commit may carry at several thousand a second; each is a task in doubt if the node dies just then. */
  private static final int MOST_INTENTS = 16;
  /** Two of the biggest requests: one that is sent and one that is being read. A few copies of each are made on its way to its provider. */
  private static final long BIG_INPUT_BYTES = 64L << 20;
  /** What the sandbox takes for a key; it stands in no config, since it opens nothing. */
  private static final String SANDBOX_KEY = "key-of-the-sandbox";

  Desk open(Vertx vertx, String queue) {
    int downloadsAtOnce = settings.outputs().concurrentDownloads();
    GuardedClient links = new GuardedClient(vertx, guard, downloadsAtOnce, downloadsAtOnce + MOST_LINKS, slots(queue) + 1_000);
    GuardedClient given = new GuardedClient(vertx, guard, MOST_LINKS, Math.min(slots(queue), MOST_FETCHES), slots(queue));
    Downloads downloads = new Downloads(vertx, outputs, memory, Duration.ofSeconds(settings.outputs().timeoutSeconds()),
        downloadsAtOnce);
    Map<ProviderType, Sender> senders = new EnumMap<>(ProviderType.class);
    settings.providers().forEach((type, config) -> registry.of(type)
        .filter(processor -> config.queue().equals(queue))
        .ifPresent(processor -> senders.put(type, sender(vertx, processor, config, links, health))));
    Map<ProviderType, Gate> gates = new EnumMap<>(ProviderType.class);
    senders.keySet().forEach(type -> gates.put(type, gate(type)));
    Map<ProviderType, Places> places = new EnumMap<>(ProviderType.class);
    senders.keySet().forEach(type -> places.put(type, new Places(settings.providers().get(type).limits().maxInFlight())));
    return new Desk(store, lease, queries, settings.tasks(), settings.providers(), senders, gates, places, new Places(MOST_INTENTS),
        new Places(BIG_INPUT_BYTES), new Agenda(vertx), new Durations(), new Inputs(vertx, given, this.links, memory), downloads,
        afterFailure, addresses, reported, decisions, memory, clock);
  }

  /** What takes callbacks; how well keys can be had says nothing about the provider's health. */
  public CallbackDesk callbacks(Vertx vertx, Bus bus) {
    GuardedClient client = new GuardedClient(vertx, guard, KEY_CONNECTIONS, KEY_CONNECTIONS, KEY_CONNECTIONS);
    Map<ProviderType, Sender> senders = new EnumMap<>(ProviderType.class);
    Function<ProviderType, Sender> open = type -> senders.computeIfAbsent(type, first -> sender(vertx, registry.of(type).orElseThrow(),
        settings.providers().get(type), client, new ProviderHealth(clock)));
    return new CallbackDesk(registry, settings.providers(), open, addresses, reported, bus, clock, meters);
  }

  /** Whether a task's provider still is what the task was accepted for: itself, or the sandbox in its place. */
  boolean asChosen(Task task) {
    ProviderType type = task.state().provider();
    return task.route() == null || (task.sandbox() ? settings.usesSandbox(type) : settings.configured(type));
  }

  private Gate gate(ProviderType type) {
    Gate gate = new Gate(type, settings.usesSandbox(type) ? "" : settings.providers().get(type).apiKeyEnv(), clock, settings.tasks());
    health.guard(type, gate);
    Gauge.builder("compute.provider.gate", () -> gate.look().state().ordinal()).tag("provider", type.word())
        .description("Whether submits get through: 0 all, 1 one at a time to see, 2 none").register(meters);
    return gate;
  }

  private Sender sender(Vertx vertx, ProviderProcessor processor, ProviderConfig config, GuardedClient client, ProviderHealth seen) {
    String key = settings.usesSandbox(processor.providerType()) ? SANDBOX_KEY : config.apiKey().reveal();
    String base = baseUrl.apply(processor.providerType());
    return new Sender(vertx, processor, config, base, key, client.guardedBy(guard.forProvider(base)), seen, memory,
        Duration.ofSeconds(settings.tasks().reconcileSeconds()), meters);
  }

  private int slots(String queue) {
    return settings.queues().get(queue).slots();
  }
}
