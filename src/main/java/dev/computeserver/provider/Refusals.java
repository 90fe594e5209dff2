package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderType;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * How often a task could not be submitted for now since it last began. It is kept in the task's {@code job} while the task waits, so that
 * it goes once round its providers at most, and asks for its input a few times, whichever nodes do that.
 *
 * @param times that providers have refused it, by the provider's word
 * @param ofInput how often its input was not there yet
 */
record Refusals(Map<String, Integer> times, int ofInput) {
  private static final String FIELD = "refused";
  private static final String INPUT = "input_not_ready";

  Refusals {
    times = Map.copyOf(times);
  }

  /** As they were kept; none where nothing was. */
  static Refusals of(JsonObject kept) {
    Map<String, Integer> times = new HashMap<>();
    if (kept != null && kept.getValue(FIELD) instanceof JsonObject refused) {
      refused.forEach(each -> times.put(each.getKey(), ((Number) each.getValue()).intValue()));
    }
    return new Refusals(times, kept != null && kept.getValue(INPUT) instanceof Number number ? number.intValue() : 0);
  }

  Refusals plus(ProviderType provider) {
    Map<String, Integer> more = new HashMap<>(times);
    more.merge(provider.word(), 1, Integer::sum);
    return new Refusals(more, ofInput);
  }

  Refusals plusInput() {
    return new Refusals(times, ofInput + 1);
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
    JsonObject kept = new JsonObject();
    if (!times.isEmpty()) {
      kept.put(FIELD, new JsonObject(new HashMap<>(times)));
    }
    if (ofInput > 0) {
      kept.put(INPUT, ofInput);
    }
    return kept.isEmpty() ? null : kept;
  }
}
