package dev.computeserver.config;

import dev.computeserver.catalog.ProviderCapability;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How one provider is reached and how much may be asked of it; meanings, units and bounds are in
 * {@code conf/schema/providers.schema.json}.
 *
 * @param baseUrl where requests go, without a slash at the end; empty where it is what configures the provider, and is not given
 * @param baseUrlEnv environment variable that holds the base URL of a provider that needs no key; may be empty
 * @param apiKey the key; empty where none is configured
 * @param apiKeyEnv environment variable that holds the key; may be empty
 * @param webhookSecret what the provider signs its callbacks with, where its account's owner was shown it; empty where not
 * @param queue queue in which its tasks wait
 * @param maxRetries retries of requests that are safe to repeat; never of a submit
 * @param timeoutSeconds longest time of one HTTP exchange
 * @param prices what models cost in US dollars, as {@code MODEL=AMOUNT}: an output file, or a job that makes none
 * @param models model ids by capability, never an empty list; the first is the default
 */
public record ProviderConfig(String baseUrl, String baseUrlEnv, Secret apiKey, String apiKeyEnv, Secret webhookSecret, String queue,
    int maxRetries, int timeoutSeconds, Limits limits, Polling polling, List<String> prices,
    Map<ProviderCapability, List<String>> models) {

  public ProviderConfig {
    baseUrl = Settings.withoutSlash(baseUrl);
    var copy = new EnumMap<ProviderCapability, List<String>>(ProviderCapability.class);
    models.forEach((capability, ids) -> copy.put(capability, List.copyOf(ids)));
    prices = List.copyOf(prices);
    models = Collections.unmodifiableMap(copy);
  }

  /** The model's price in US dollars; empty where it is not listed. */
  public Optional<BigDecimal> price(String model) {
    return prices.stream().filter(each -> each.startsWith(model + "=")).findFirst().map(each -> new BigDecimal(each.substring(model.length() + 1)));
  }

  /** Whether requests can go to the provider itself: it has a key, or a base URL where that is enough. */
  boolean complete() {
    return !baseUrl.isEmpty() && (!apiKey.isEmpty() || !baseUrlEnv.isEmpty());
  }

  /** What one node asks at most: jobs at the provider at once, and HTTP connections. */
  public record Limits(int maxInFlight, int maxConnections) {}

  /** How often a job is looked at, in milliseconds: the first look, the shortest and the longest pause. */
  public record Polling(int firstMs, int minMs, int maxMs) {}
}
