package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.ProviderConfig;
import dev.computeserver.config.Settings;
import dev.computeserver.routing.Routes;
import dev.computeserver.task.TaskRequest;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The default list: what a provider's processor must come with. */
class RegistryTest {
  private static final ProcessorRegistry REGISTRY = ProcessorRegistry.ofAll();
  private static final Settings SETTINGS = Settings.load((Path) null, Map.of());

  static List<ProviderProcessor> processors() {
    return List.copyOf(REGISTRY.all());
  }

  @Test
  void everyProcessorOfTheListIsRegisteredUnderItsType() {
    assertEquals(Processors.all(null).size(), REGISTRY.all().size());
    REGISTRY.all().forEach(each -> assertEquals(each, REGISTRY.of(each.providerType()).orElseThrow()));
  }

  @ParameterizedTest
  @MethodSource("processors")
  void isFoundByEachCapabilityThatItNamesAndByNoOther(ProviderProcessor processor) {
    assertFalse(processor.capabilities().isEmpty());
    for (ProviderCapability capability : ProviderCapability.values()) {
      assertEquals(processor.capabilities().contains(capability), REGISTRY.with(capability).contains(processor.providerType()), capability.word());
    }
    processor.capabilities().forEach(each -> assertTrue(processor.supportedTaskTypes().contains(each.taskType())));
  }

  @ParameterizedTest
  @MethodSource("processors")
  void hasAConfigEntryWithAModelForEachCapability(ProviderProcessor processor) {
    ProviderConfig config = SETTINGS.providers().get(processor.providerType());
    assertNotNull(config, () -> processor.providerType().word() + " has no entry in conf/providers.yaml");
    assertEquals(processor.capabilities(), config.models().keySet());
  }

  @ParameterizedTest
  @MethodSource("processors")
  void hasAQueueThatANodeServes(ProviderProcessor processor) {
    String queue = new ProviderQueueMap(SETTINGS.providers()).queueOf(processor.providerType());
    assertTrue(SETTINGS.servedQueues().contains(queue), queue);
    assertEquals(queue, ProviderQueueMap.addressOf(queue).name());
  }

  @ParameterizedTest
  @MethodSource("processors")
  void isHeldToTheConformanceSuite(ProviderProcessor processor) {
    String name = "dev.computeserver.conformance." + processor.getClass().getSimpleName() + "ConformanceTest";
    assertDoesNotThrow(() -> Class.forName(name), () -> name + " is missing");
  }

  @Test
  void aProviderThatIsDownComesLastButStays() {
    ProviderHealth health = new ProviderHealth(Clock.systemUTC());
    Routes routes = new Routes(REGISTRY, SETTINGS, new ProviderQueueMap(SETTINGS.providers()), health);
    ProviderCapability shared = List.of(ProviderCapability.values()).stream().filter(each -> REGISTRY.with(each).size() > 1).findFirst().orElse(null);
    List<ProviderType> able = shared == null ? REGISTRY.with(ProviderCapability.IMAGE_GENERATION) : REGISTRY.with(shared);
    TaskRequest request = new TaskRequest(shared == null ? ProviderCapability.IMAGE_GENERATION : shared, List.of(), false, null, new JsonObject(),
        new JsonObject(), 0, 600, 3, false, null, null);
    assertEquals(able.get(0), first(routes, request));
    for (int i = 0; i < 5; i++) {
      health.failed(able.get(0));
    }
    assertEquals(able.size(), routes.decide(request).usable().size());
    assertEquals(able.get(able.size() > 1 ? 1 : 0), first(routes, request));
    health.answered(able.get(0));
    assertEquals(able.get(0), first(routes, request));
  }

  private static ProviderType first(Routes routes, TaskRequest request) {
    return routes.decide(request).usable().get(0).provider();
  }
}
