package dev.computeserver.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.config.ProviderConfig;
import dev.computeserver.config.Settings;
import dev.computeserver.provider.ProcessorRegistry;
import dev.computeserver.provider.ProviderProcessor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The README's table of providers against registry and config. */
class ProvidersTableTest {
  @Test
  void theTableShowsWhatIsRegistered() {
    Settings settings = Settings.load((Path) null, Map.of());
    List<String> wanted = ProcessorRegistry.ofAll().all().stream().map(each -> row(each, settings.providers().get(each.providerType()))).toList();
    List<String> shown = Readme.rows(Readme.read().section("## Providers"));
    assertTrue(new TreeSet<>(wanted).equals(new TreeSet<>(shown)),
        () -> "the README's table of providers must be, in any order:\n" + String.join("\n", wanted));
    assertEquals(wanted.size(), shown.size(), "the README's table of providers has a row twice");
  }

  private static String row(ProviderProcessor processor, ProviderConfig config) {
    String variable = config.apiKeyEnv().isEmpty() ? config.baseUrlEnv() : config.apiKeyEnv();
    String capabilities = Arrays.stream(ProviderCapability.values()).filter(processor.capabilities()::contains).map(ProviderCapability::word)
        .collect(Collectors.joining(", "));
    return "| `" + processor.providerType().word() + "` | " + capabilities + " | `" + variable + "` | `" + config.queue() + "` |";
  }
}
