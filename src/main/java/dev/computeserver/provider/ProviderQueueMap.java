package dev.computeserver.provider;

import dev.computeserver.bus.Address;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.ProviderConfig;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Which queue runs which provider's tasks; from {@code queue} of each entry in {@code conf/providers.yaml}. */
public final class ProviderQueueMap {
  private final Map<ProviderType, String> queues = new EnumMap<>(ProviderType.class);

  public ProviderQueueMap(Map<ProviderType, ProviderConfig> providers) {
    providers.forEach((type, config) -> queues.put(type, config.queue()));
  }

  /** The queue of a provider, or null where the provider has no entry in the config. */
  public String queueOf(ProviderType type) {
    return queues.get(type);
  }

  /** The providers of each queue. */
  public Map<String, List<ProviderType>> providersByQueue() {
    Map<String, List<ProviderType>> providers = new LinkedHashMap<>();
    queues.forEach((type, queue) -> providers.merge(queue, List.of(type), (some, more) -> {
      List<ProviderType> all = new ArrayList<>(some);
      all.addAll(more);
      return List.copyOf(all);
    }));
    return providers;
  }

  /** Where hints for a queue go: the queue's name is the address. */
  public static Address<Hint, Hint> addressOf(String queue) {
    return new Address<>(queue, Hint.class, Hint.class);
  }

  /**
   * A task may be waiting; whoever has a free slot claims it in the store.
   *
   * @param provider its provider's word; null from a node of a version that tells none
   */
  public record Hint(UUID taskId, String provider) {
  }
}
