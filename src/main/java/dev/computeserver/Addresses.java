package dev.computeserver;

import dev.computeserver.api.CallbackTokens;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.ProviderConfig;
import dev.computeserver.config.Secret;
import dev.computeserver.config.Settings;
import dev.computeserver.outbound.WebUrl;
import dev.computeserver.provider.CallbackAddresses;
import dev.computeserver.provider.InputLinks;
import dev.computeserver.provider.ProcessorRegistry;
import dev.computeserver.task.Task;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.IntSupplier;
import java.util.stream.Stream;

/**
 * The URLs under which providers reach this server, signed by its tokens.
 *
 * @param registry knows how each provider reports
 * @param port that this node listens on; 0 where it does not
 */
record Addresses(Settings settings, CallbackTokens tokens, ProcessorRegistry registry, IntSupplier port, InstantSource clock)
    implements CallbackAddresses, InputLinks {

  @Override
  public String callbackUrl(Task task) {
    ProviderType provider = task.state().provider();
    String origin = origin(settings.usesSandbox(provider));
    if (origin.isEmpty() || lacksSecret(provider)) {
      return null;
    }
    String address = origin + "/v1/provider-callbacks/" + provider.word();
    return isOfAccount(provider) ? address
        : address + "/" + task.id() + "/" + tokens.of(provider, task.id(), task.state().attempt());
  }

  @Override
  public boolean isOfAccount(ProviderType provider) {
    return registry.reportsToAccount(provider) && !lacksSecret(provider);
  }

  @Override
  public boolean lacksSecret(ProviderType provider) {
    ProviderConfig config = settings.providers().get(provider);
    return registry.needsCallbackSecret(provider) && (config == null || config.webhookSecret().isEmpty());
  }

  /** The providers that could report here if their secret were set; none while nobody can reach us. */
  List<ProviderType> silent() {
    return settings.publicUrl().isEmpty() ? List.of()
        : settings.providers().keySet().stream().filter(provider -> settings.configured(provider) && lacksSecret(provider)).toList();
  }

  @Override
  public Secret callbackSecret(UUID task, int attempt) {
    return tokens.secret(task, attempt);
  }

  @Override
  public Optional<String> linkTo(UUID task, String field) {
    String origin = origin(settings.providers().keySet().stream().anyMatch(settings::usesSandbox));
    return origin.isEmpty() ? Optional.empty() : Optional.of(origin + tokens.inputPath(task, field, clock.instant()));
  }

  /** Whether a URL is one of these, whatever its token. */
  boolean isOurs(WebUrl url) {
    return Stream.of("http://127.0.0.1:" + port.getAsInt(), settings.publicUrl()).filter(base -> !base.isEmpty())
        .anyMatch(base -> url.toString().startsWith(base + "/v1/provider-callbacks/") || url.toString().startsWith(base + "/v1/inputs/"));
  }

  /** The sandbox reaches us without a public URL, too. */
  private String origin(boolean sandboxed) {
    String origin = settings.publicUrl();
    return origin.isEmpty() && sandboxed && port.getAsInt() > 0 ? "http://127.0.0.1:" + port.getAsInt() : origin;
  }
}
