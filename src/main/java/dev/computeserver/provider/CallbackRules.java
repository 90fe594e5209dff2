package dev.computeserver.provider;

import dev.computeserver.callback.Scheme;
import dev.computeserver.callback.Source;
import dev.computeserver.catalog.ProviderCapability;
import java.util.Optional;
import java.util.function.Function;

/** How a provider's callbacks are known to be its own, and which job they are about. */
public sealed interface CallbackRules {

  /** Whether they can be told from others' only by the provider's {@code webhook_secret}: without it none is asked for, and none is taken. */
  boolean needsSecret();

  static CallbackRules signed(Scheme scheme, About about) {
    return new OfAttempt(Optional.of(scheme), about);
  }

  /** For a provider that signs nothing: who knows the URL, and with it the attempt's token, is taken for the provider. */
  static CallbackRules unsigned(About about) {
    return new OfAttempt(Optional.empty(), about);
  }

  /**
   * For a provider that reports at one address only, which the account's owner has given to it: an attempt is told by its job.
   *
   * @param job reads its id, or throws where the callback does not tell it
   */
  static CallbackRules ofAccount(Scheme scheme, Function<Reply, String> job) {
    return new OfAccount(scheme, job);
  }

  /**
   * An address of ours for each attempt goes with its submit.
   *
   * @param scheme how the provider signs; empty where it does not, so that the token in the URL is all there is
   * @param about reads the job
   */
  record OfAttempt(Optional<Scheme> scheme, About about) implements CallbackRules {
    @Override
    public boolean needsSecret() {
      return scheme.filter(each -> each.source() instanceof Source.Configured).isPresent();
    }
  }

  /** See {@link #ofAccount}. */
  record OfAccount(Scheme scheme, Function<Reply, String> job) implements CallbackRules {
    @Override
    public boolean needsSecret() {
      return true;
    }
  }

  /** Finds in a callback what {@link ProviderProcessor#check} needs. */
  interface About {

    /**
     * The job, or an exception where the callback does not tell it.
     *
     * @param callback headers and body; its status means nothing
     */
    Job job(ProviderCapability capability, String model, Reply callback);
  }
}
