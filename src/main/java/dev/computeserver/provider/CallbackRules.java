package dev.computeserver.provider;

import dev.computeserver.callback.Scheme;
import dev.computeserver.catalog.ProviderCapability;
import java.util.Optional;

/**
 * How a provider's callbacks are known to be its own, and which job they are about.
 *
 * @param scheme how it signs; empty where it does not, so that the token in the URL is all there is
 * @param about reads the job
 */
public record CallbackRules(Optional<Scheme> scheme, About about) {

  public static CallbackRules signed(Scheme scheme, About about) {
    return new CallbackRules(Optional.of(scheme), about);
  }

  /** For a provider that signs nothing: who knows the URL, and with it the attempt's token, is taken for the provider. */
  public static CallbackRules unsigned(About about) {
    return new CallbackRules(Optional.empty(), about);
  }

  /** Finds in a callback what {@link ProviderProcessor#check} needs. */
  public interface About {

    /**
     * The job, or an exception where the callback does not tell it.
     *
     * @param callback headers and body; its status means nothing
     */
    Job job(ProviderCapability capability, String model, Reply callback);
  }
}
