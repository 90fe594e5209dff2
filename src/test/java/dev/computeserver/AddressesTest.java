package dev.computeserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.api.CallbackTokens;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.Settings;
import dev.computeserver.provider.ProcessorRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which providers may report, by what is set. */
class AddressesTest {
  private static final Map<String, String> KEYS = Map.of("OPENAI_API_KEY", "key", "ELEVENLABS_API_KEY", "key", "FAL_KEY", "key");

  private static Addresses addresses(String... more) {
    Map<String, String> environment = new HashMap<>(KEYS);
    for (int i = 0; i < more.length; i += 2) {
      environment.put(more[i], more[i + 1]);
    }
    Settings settings = Settings.load((Path) null, environment);
    return new Addresses(settings, new CallbackTokens("a secret"), ProcessorRegistry.ofAll(), () -> 0, Clock.systemUTC());
  }

  @Test
  void areOffWhereTheSecretThatTheyNeedIsNotSet() {
    Addresses addresses = addresses("COMPUTE_PUBLIC_URL", "https://compute.example.com", "COMPUTE_PROVIDERS_OPENAI_WEBHOOK_SECRET", "whsec_c2VjcmV0");
    assertTrue(addresses.isOfAccount(ProviderType.OPENAI));
    assertFalse(addresses.lacksSecret(ProviderType.OPENAI));
    assertTrue(addresses.lacksSecret(ProviderType.ELEVENLABS));
    assertFalse(addresses.isOfAccount(ProviderType.ELEVENLABS));
    assertFalse(addresses.lacksSecret(ProviderType.FAL_STANDARD), "its keys are published");
    assertFalse(addresses.lacksSecret(ProviderType.LUMA), "it signs nothing");
    assertEquals(List.of(ProviderType.ELEVENLABS), addresses.silent());
  }

  @Test
  void nobodyIsSilentWhereNobodyCanReachUs() {
    assertEquals(List.of(), addresses().silent());
  }
}
