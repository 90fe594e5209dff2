package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.Secret;
import dev.computeserver.task.Task;
import java.util.UUID;

/** Where providers may report: an address for each attempt, or one for all. */
public interface CallbackAddresses {

  /** The URL for the task's present attempt, or null where its provider cannot reach us, or {@link #lacksSecret}. */
  String callbackUrl(Task task);

  /** Whether a provider reports at one address of the account, which its owner has given to it, and signs with the secret that we know. */
  boolean isOfAccount(ProviderType provider);

  /** Whether a provider's callbacks could only be checked with a {@code webhook_secret} that is not set: they are off. */
  boolean lacksSecret(ProviderType provider);

  /** What a provider that takes a secret from us is to sign the callbacks of an attempt with. */
  Secret callbackSecret(UUID task, int attempt);
}
