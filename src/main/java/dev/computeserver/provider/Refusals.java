package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderType;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * How often providers have refused a task for now since it last began. It is kept in the task's {@code job} while the task waits, so that
 * it goes once round its providers at most, whichever nodes ask them.
 *
 * @param times by the provider's word
 */
record Refusals(Map<String, Integer> times) {
  private static final String FIELD = "refused";

  Refusals {
    times = Map.copyOf(times);
  }

  /** As they were kept; none where nothing was. */
  static Refusals of(JsonObject kept) {
    Map<String, Integer> times = new HashMap<>();
    if (kept != null && kept.getValue(FIELD) instanceof JsonObject refused) {
      refused.forEach(each -> times.put(each.getKey(), ((Number) each.getValue()).intValue()));
    }
    return new Refusals(times);
  }

  Refusals plus(ProviderType provider) {
    Map<String, Integer> more = new HashMap<>(times);
    more.merge(provider.word(), 1, Integer::sum);
    return new Refusals(more);
  }

  int of(ProviderType provider) {
    return times.getOrDefault(provider.word(), 0);
  }

  /** The words of those that have refused it. */
  Set<String> providers() {
    return times.keySet();
  }

  /** Null for none. */
  JsonObject toJson() {
    return times.isEmpty() ? null : new JsonObject().put(FIELD, new JsonObject(new HashMap<>(times)));
  }
}
