package dev.computeserver.config;

import static dev.computeserver.catalog.ProviderCapability.IMAGE_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.TEXT_EMBEDDING;
import static dev.computeserver.catalog.ProviderType.ANTHROPIC;
import static dev.computeserver.catalog.ProviderType.COMFYUI;
import static dev.computeserver.catalog.ProviderType.FAL_STANDARD;
import static dev.computeserver.catalog.ProviderType.OPENAI;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.computeserver.catalog.ProviderCapability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
  private static final Map<String, String> NOTHING = Map.of();

  @TempDir Path folder;

  @Test
  void hasADefaultForEverything() {
    Settings settings = Settings.load((Path) null, NOTHING);

    assertEquals(new Settings.Http("127.0.0.1", List.of(), 8080, 33554432, 2, 10000), settings.http());
    assertEquals(Path.of("data"), settings.dataDir());
    assertEquals("", settings.publicUrl());
    assertTrue(settings.postgres().uri().isEmpty());
    assertEquals(EnumSet.allOf(Role.class), settings.node().roles());
    Set<String> named = settings.providers().values().stream().map(ProviderConfig::queue).collect(Collectors.toSet());
    assertTrue(named.contains("fal_queue"));
    assertEquals(named, settings.queues().keySet());
    assertEquals(Set.of(new Settings.Queue(256)), Set.copyOf(settings.queues().values()));
    assertEquals(named, settings.servedQueues());
    assertEquals(2147483648L, settings.outputs().maxBytes());
    assertEquals(List.of(5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400), settings.webhooks().retrySeconds());
    assertEquals(List.of(), settings.warnings());
  }

  @Test
  void knowsFalWithADefaultModelForEveryCapabilityButEmbedding() {
    ProviderConfig fal = Settings.load((Path) null, NOTHING).providers().get(FAL_STANDARD);

    assertEquals("https://queue.fal.run", fal.baseUrl());
    assertEquals("fal_queue", fal.queue());
    assertEquals(EnumSet.complementOf(EnumSet.of(TEXT_EMBEDDING)), EnumSet.copyOf(fal.models().keySet()));
    assertEquals("fal-ai/flux/dev", fal.models().get(IMAGE_GENERATION).get(0));
    assertEquals(new ProviderConfig.Limits(1000, 64), fal.limits());
    assertEquals(new ProviderConfig.Polling(500, 250, 30000), fal.polling());
  }

  @Test
  void mergesTheFolderDeeplyOverTheDefaultsAndTheEnvironmentOverBoth() throws IOException {
    write("compute.yaml",
        "http:\n  port: 9000\n  instances: 4\nqueues:\n  slow: {}\nnode:\nguard: {allow_loopback: true}");
    write("providers.yaml", "providers:\n  fal_standard:\n    models:\n      lip_sync: [my/model]\n");

    Settings settings = Settings.load(folder, Map.of("COMPUTE_HTTP_PORT", "9001",
        "COMPUTE_QUEUES_SLOW_SLOTS", "7", "COMPUTE_NODE_ROLES", "api, worker", "COMPUTE_OUTPUTS_FSYNC", "TRUE",
        "COMPUTE_QUEUES_NEW_ONE_SLOTS", "8",
        "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", "http://127.0.0.1:1234/",
        "COMPUTE_PROVIDERS_FAL_STANDARD_LIMITS_MAX_IN_FLIGHT", "5",
        "COMPUTE_PROVIDERS_FAL_STANDARD_MODELS_IMAGE_GENERATION", "a/b,c/d"));

    assertEquals(9001, settings.http().port());
    assertEquals(4, settings.http().instances());
    assertEquals("127.0.0.1", settings.http().host());
    assertEquals("true", settings.guard().allowLoopback());
    assertEquals(new Settings.Queue(256), settings.queues().get("fal_queue"));
    assertEquals(new Settings.Queue(7), settings.queues().get("slow"));
    assertEquals(new Settings.Queue(8), settings.queues().get("new_one"));
    assertEquals(EnumSet.of(Role.API, Role.WORKER), settings.node().roles());
    assertTrue(settings.outputs().fsync());
    ProviderConfig fal = settings.providers().get(FAL_STANDARD);
    assertEquals("http://127.0.0.1:1234", fal.baseUrl());
    assertEquals(5, fal.limits().maxInFlight());
    assertEquals(List.of("my/model"), fal.models().get(ProviderCapability.LIP_SYNC));
    assertEquals(List.of("a/b", "c/d"), fal.models().get(IMAGE_GENERATION));
  }

  @Test
  void completesAShortEntryAndItsQueue() throws IOException {
    write("providers.yaml", """
        providers:
          anthropic: {queue: slow_texts}
        """);

    Settings settings = Settings.load(folder, NOTHING);

    ProviderConfig anthropic = settings.providers().get(ANTHROPIC);
    assertEquals(3, anthropic.maxRetries());
    assertEquals(new ProviderConfig.Limits(256, 256), anthropic.limits());
    assertEquals(new Settings.Queue(256), settings.queues().get("slow_texts"));
    assertTrue(settings.servedQueues().containsAll(Set.of("fal_queue", "slow_texts")));
  }

  @Test
  void aProviderWithoutKeysIsConfiguredByItsUrl() throws IOException {
    Settings none = Settings.load((Path) null, NOTHING);
    assertFalse(none.configured(COMFYUI));
    assertTrue(none.usesSandbox(COMFYUI));
    for (String variable : List.of("COMFYUI_BASE_URL", "COMPUTE_PROVIDERS_COMFYUI_BASE_URL")) {
      Settings named = Settings.load((Path) null, Map.of(variable, "http://127.0.0.1:8188/"));
      assertTrue(named.configured(COMFYUI));
      assertFalse(named.usesSandbox(COMFYUI));
      assertEquals("http://127.0.0.1:8188", named.providers().get(COMFYUI).baseUrl());
    }
    Settings both = Settings.load((Path) null, Map.of("COMFYUI_BASE_URL", "http://a:1", "COMPUTE_PROVIDERS_COMFYUI_BASE_URL", "http://b:2"));
    assertEquals("http://b:2", both.providers().get(COMFYUI).baseUrl());
    assertFalse(Settings.load((Path) null, Map.of("COMPUTE_PROVIDERS_COMFYUI_API_KEY", "only a key")).configured(COMFYUI));
  }

  @Test
  void aProviderThatTheSandboxDoesNotPlayNeedsAKey() {
    Settings without = Settings.load((Path) null, NOTHING).playing(Set.of(COMFYUI));
    assertFalse(without.usesSandbox(FAL_STANDARD) || without.configured(FAL_STANDARD));
    assertTrue(without.usesSandbox(COMFYUI));
    assertTrue(Settings.load((Path) null, Map.of("FAL_KEY", "key")).playing(Set.of()).configured(FAL_STANDARD));
  }

  @Test
  void takesAKeyFromItsOwnVariableFirstThenFromTheNamedOne() {
    Settings none = Settings.load((Path) null, NOTHING);
    assertFalse(none.configured(FAL_STANDARD));
    assertTrue(none.usesSandbox(FAL_STANDARD));

    Settings named = Settings.load((Path) null, Map.of("FAL_KEY", "key-one\n"));
    assertTrue(named.configured(FAL_STANDARD));
    assertFalse(named.usesSandbox(FAL_STANDARD));
    assertEquals("key-one", named.providers().get(FAL_STANDARD).apiKey().reveal());

    Settings own = Settings.load((Path) null,
        Map.of("FAL_KEY", "key-one", "COMPUTE_PROVIDERS_FAL_STANDARD_API_KEY", "key-two"));
    assertEquals("key-two", own.providers().get(FAL_STANDARD).apiKey().reveal());
  }

  @Test
  void neverShowsASecret() throws IOException {
    Settings settings = Settings.load((Path) null, Map.of("FAL_KEY", "hidden-key", "COMPUTE_POSTGRES_URI",
        "postgresql://u:hidden-word@db:5432/compute", "COMPUTE_REDIS_URI", "redis://:hidden-word@cache:6379",
        "COMPUTE_WEBHOOKS_SECRETS", "whsec_hiddenhiddenhiddenhiddenhidden", "COMPUTE_PROVIDERS_OPENAI_WEBHOOK_SECRET", "whsec_hidden"));

    assertEquals("postgresql://u:hidden-word@db:5432/compute", settings.postgres().uri().reveal());
    assertEquals("whsec_hidden", settings.providers().get(OPENAI).webhookSecret().reveal());
    assertFalse(settings.toString().contains("hidden"), settings::toString);
    String json = new ObjectMapper().writeValueAsString(settings);
    assertFalse(json.contains("hidden"), json);
    assertTrue(json.contains("\"***\""), json);
  }

  @Test
  void warnsOfVariablesThatMatchNothingWithoutRefusingThem() {
    Settings settings = Settings.load((Path) null, Map.of("COMPUTE_HTTP_PROT", "1", "COMPUTE_LOG_LEVEL", "DEBUG",
        "COMPUTE_REDIS_URI", "redis://localhost"));

    assertEquals(List.of("COMPUTE_HTTP_PROT matches no setting and is ignored; correct its name or remove it"), settings.warnings());
  }

  @Test
  void allowsLoopbackOnItsOwnOnlyWhileItListensThere() {
    assertTrue(Settings.load((Path) null, NOTHING).allowsLoopback());
    assertFalse(Settings.load((Path) null, Map.of("COMPUTE_HTTP_HOST", "0.0.0.0")).allowsLoopback());
    assertFalse(Settings.load((Path) null, Map.of("COMPUTE_GUARD_ALLOW_LOOPBACK", "false")).allowsLoopback());
    assertTrue(Settings.load((Path) null,
        Map.of("COMPUTE_HTTP_HOST", "0.0.0.0", "COMPUTE_GUARD_ALLOW_LOOPBACK", "true")).allowsLoopback());
  }

  @Test
  void readsTheFolderThatTheEnvironmentNames() throws IOException {
    write("compute.yaml", "http: {port: 9100}");

    assertEquals(9100, Settings.load(Map.of("COMPUTE_CONF", folder.toString())).http().port());
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(folder.resolve(file), text);
  }
}
