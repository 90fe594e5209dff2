package dev.computeserver;

import dev.computeserver.api.CallbackTokens;
import dev.computeserver.config.Secret;
import dev.computeserver.config.Settings;
import dev.computeserver.outbound.WebUrl;
import dev.computeserver.provider.CallbackAddresses;
import dev.computeserver.provider.InputLinks;
import dev.computeserver.task.Task;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import java.util.function.IntSupplier;
import java.util.stream.Stream;

/**
 * The URLs under which providers reach this server, signed by its tokens.
 *
 * @param port that this node listens on; 0 where it does not
 */
record Addresses(Settings settings, CallbackTokens tokens, IntSupplier port, InstantSource clock) implements CallbackAddresses, InputLinks {

  @Override
  public String callbackUrl(Task task) {
    String origin = origin(settings.usesSandbox(task.state().provider()));
    return origin.isEmpty() ? null : origin + "/v1/provider-callbacks/" + task.state().provider().word() + "/" + task.id() + "/"
        + tokens.of(task.state().provider(), task.id(), task.state().attempt());
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
