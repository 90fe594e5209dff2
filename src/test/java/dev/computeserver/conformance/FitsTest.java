package dev.computeserver.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.EveryCapabilityTest.Pair;
import dev.computeserver.config.Settings;
import dev.computeserver.provider.Fits;
import dev.computeserver.provider.InvalidInput;
import dev.computeserver.provider.ProcessorRegistry;
import dev.computeserver.task.TaskRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What each provider can do is not held against it for want of the files, inline or behind links. */
class FitsTest {
  private static final Settings SETTINGS = Settings.load((Path) null, Map.of());

  static Stream<Pair> pairs() {
    return EveryCapabilityTest.pairs();
  }

  private static Optional<InvalidInput> refusal(Pair pair, JsonObject input) {
    TaskRequest request = new TaskRequest(pair.capability(), List.of(), false, null, input, new JsonObject(), 0, 600, 3, false, null, null);
    String model = SETTINGS.providers().get(pair.provider()).models().get(pair.capability()).get(0);
    return new Fits(ProcessorRegistry.ofAll(), request).refusal(pair.provider(), model, new JsonObject());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("pairs")
  void theLeastInputIsRefusedByNobody(Pair pair) {
    JsonObject inline = Samples.inputOf(pair.capability());
    JsonObject linked = inline.copy();
    inline.fieldNames().stream().filter(field -> field.endsWith("_url")).forEach(field -> linked.put(field, "https://example.com/" + field));
    assertEquals(Optional.empty(), refusal(pair, inline));
    assertEquals(Optional.empty(), refusal(pair, linked));
    assertEquals(Samples.inputOf(pair.capability()), inline, "the request itself is left as it was");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("pairs")
  void whatAClientMakesDeepOrBigIsNotHeldAgainstIt(Pair pair) {
    JsonObject deep = new JsonObject();
    for (int level = 0; level < 5_000; level++) {
      deep = new JsonObject().put("a", new JsonArray().add(deep));
    }
    JsonObject big = new JsonObject().put("many", new JsonArray(Collections.nCopies(40_000, 1)));
    for (JsonObject options : List.of(deep, big)) {
      TaskRequest request = new TaskRequest(pair.capability(), List.of(), false, null, Samples.inputOf(pair.capability()).put("nobody", 1), options, 0,
          600, 3, false, null, null);
      String model = SETTINGS.providers().get(pair.provider()).models().get(pair.capability()).get(0);
      assertEquals(refusal(pair, Samples.inputOf(pair.capability()).put("nobody", 1)).map(InvalidInput::getMessage),
          new Fits(ProcessorRegistry.ofAll(), request).refusal(pair.provider(), model, options).map(InvalidInput::getMessage));
    }
  }

  @Test
  void aLongTextHidesNothing() {
    TaskRequest request = new TaskRequest(ProviderCapability.TEXT_GENERATION, List.of(), false, null,
        new JsonObject().put("prompt", "x".repeat(70_000)).put("max_tokens", 1), new JsonObject(), 0, 600, 3, false, null, null);
    String model = SETTINGS.providers().get(ProviderType.OPENAI).models().get(ProviderCapability.TEXT_GENERATION).get(0);
    Optional<InvalidInput> refusal = new Fits(ProcessorRegistry.ofAll(), request).refusal(ProviderType.OPENAI, model, new JsonObject());
    assertEquals(Optional.of("/input/max_tokens"), refusal.map(InvalidInput::pointer));
  }

  /** What decides is judged beside options of any size, and options are where they are not what is too big. */
  @Test
  void whatIsBigHidesNothing() {
    JsonObject deep = new JsonObject();
    for (int level = 0; level < 5_000; level++) {
      deep = new JsonObject().put("a", new JsonArray().add(deep));
    }
    JsonObject wide = new JsonObject();
    IntStream.range(0, 40_000).forEach(i -> wide.put("option-" + i, new JsonArray()));
    JsonArray many = new JsonArray(Collections.nCopies(40_000, 1));
    for (JsonObject options : List.of(deep, wide, new JsonObject().put("many", many), new JsonObject().put("text", "x".repeat(20_000_000)))) {
      assertEquals(Optional.of("/input/output_format"), refusal(ProviderCapability.IMAGE_GENERATION, new JsonObject().put("output_format", "gif"), options));
      assertEquals(Optional.of("/provider_options/stream"), refusal(ProviderCapability.TEXT_GENERATION, new JsonObject(),
          new JsonObject(new LinkedHashMap<>(options.getMap())).put("stream", true)));
    }
    assertEquals(Optional.of("/input/max_tokens"), refusal(ProviderCapability.TEXT_GENERATION,
        new JsonObject().put("messages", new JsonArray(Collections.nCopies(40_000, new JsonObject()))).put("max_tokens", 1), new JsonObject()));
  }

  private static Optional<String> refusal(ProviderCapability capability, JsonObject more, JsonObject options) {
    TaskRequest request = new TaskRequest(capability, List.of(), false, null, new JsonObject().put("prompt", "p").mergeIn(more), options, 0, 600, 3, false,
        null, null);
    String model = SETTINGS.providers().get(ProviderType.OPENAI).models().get(capability).get(0);
    return new Fits(ProcessorRegistry.ofAll(), request).refusal(ProviderType.OPENAI, model, options).map(InvalidInput::pointer);
  }
}
