package dev.computeserver.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.guide.ResultsTable;
import dev.computeserver.media.FileType;
import dev.computeserver.provider.ProcessorRegistry;
import dev.computeserver.support.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each capability at each provider that has it and that the sandbox plays, through the whole server; all run side by side. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EveryCapabilityTest {
  private static final ProcessorRegistry REGISTRY = ProcessorRegistry.ofAll();

  private final Map<Pair, String> tasks = new HashMap<>();
  private TestNode node;
  private List<String> played;

  /** A capability and who has it. */
  record Pair(ProviderCapability capability, ProviderType provider) {
    @Override
    public String toString() {
      return capability.word() + " at " + provider.word();
    }
  }

  @BeforeAll
  void acceptAll() {
    Map<String, String> quick = new HashMap<>();
    REGISTRY.all().forEach(each -> {
      String polling = "COMPUTE_PROVIDERS_" + each.providerType().name() + "_POLLING_";
      quick.putAll(Map.of(polling + "FIRST_MS", "100", polling + "MIN_MS", "100", polling + "MAX_MS", "1000"));
    });
    node = new TestNode(quick);
    String video = node.run(task(new Pair(ProviderCapability.VIDEO_GENERATION, REGISTRY.with(ProviderCapability.VIDEO_GENERATION).get(0)), null))
        .getJsonArray("outputs").getJsonObject(0).getString("url");
    played = node.get("/v1/providers").json().getJsonArray("providers").stream().map(JsonObject.class::cast)
        .filter(each -> each.getBoolean("sandbox")).map(each -> each.getString("provider")).toList();
    assertTrue(played.size() >= 13, () -> "the sandbox plays " + played + " only");
    List<Pair> all = playedPairs().toList();
    JsonArray batch = new JsonArray(all.stream().map(pair -> task(pair, "http://127.0.0.1:" + node.port() + video)).toList());
    TestNode.Answer accepted = node.post("/v1/tasks/batch", new JsonObject().put("tasks", batch));
    assertEquals(202, accepted.status(), () -> accepted.json().encodePrettily());
    for (int i = 0; i < all.size(); i++) {
      tasks.put(all.get(i), accepted.json().getJsonArray("tasks").getJsonObject(i).getString("id"));
    }
  }

  @AfterAll
  void stop() {
    node.close();
  }

  static Stream<Pair> pairs() {
    return Arrays.stream(ProviderCapability.values())
        .flatMap(capability -> REGISTRY.with(capability).stream().map(provider -> new Pair(capability, provider)));
  }

  /** A provider may do without a sandbox side: it is tried against its recording then. */
  Stream<Pair> playedPairs() {
    return pairs().filter(pair -> played.contains(pair.provider.word()));
  }

  private static JsonObject task(Pair pair, String video) {
    JsonObject input = Samples.inputOf(pair.capability);
    if (input.containsKey("video_url")) {
      input.put("video_url", video);
    }
    JsonObject quick = new JsonObject().put("duration_ms", 50).put("queue_ms", 0);
    return new JsonObject().put("capability", pair.capability.word()).put("provider", pair.provider.word()).put("input", input)
        .put("max_attempts", 1).put("provider_options", new JsonObject().put("sandbox", quick));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("playedPairs")
  void aTaskEndsWithWhatItAskedFor(Pair pair) throws IOException {
    JsonObject task = node.ended(tasks.get(pair));
    assertEquals("completed", task.getString("status"), () -> task.put("input", "…").encodePrettily());
    hasFacts(task, pair.capability);
    switch (pair.capability) {
      case IMAGE_GENERATION, IMAGE_EDITING, INPAINTING, BACKGROUND_REMOVAL, SUPER_RESOLUTION -> hasFiles(task, "image/");
      case VIDEO_GENERATION, IMAGE_TO_VIDEO, LIP_SYNC -> hasFiles(task, "video/");
      case SPEECH_SYNTHESIS, MUSIC_GENERATION, SOUND_GENERATION -> hasFiles(task, "audio/");
      case MODEL_3D_GENERATION -> hasFiles(task, "model/");
      case IMAGE_UNDERSTANDING, TEXT_GENERATION, SPEECH_RECOGNITION -> assertFalse(result(task).getString("text").isBlank());
      case TEXT_EMBEDDING -> assertTrue(result(task).getJsonArray("vectors").getJsonArray(0).size() > 100);
    }
  }

  /** Those of the guide's table, and no others. */
  private static void hasFacts(JsonObject task, ProviderCapability capability) {
    Set<String> told = task.getJsonObject("result") == null ? Set.of() : task.getJsonObject("result").fieldNames();
    Set<String> needed = ResultsTable.read().needed(capability.word());
    assertTrue(told.containsAll(needed), () -> "the result must hold " + needed + ": " + told);
    Set<String> known = ResultsTable.read().known(capability.word());
    assertTrue(known.containsAll(told), () -> "the README's table of results knows " + known + " only: " + told);
  }

  private static JsonObject result(JsonObject task) {
    assertTrue(task.getJsonArray("outputs").isEmpty());
    return task.getJsonObject("result");
  }

  private void hasFiles(JsonObject task, String kind) throws IOException {
    JsonArray outputs = task.getJsonArray("outputs");
    assertFalse(outputs.isEmpty());
    for (int i = 0; i < outputs.size(); i++) {
      JsonObject output = outputs.getJsonObject(i);
      byte[] bytes = node.get(output.getString("url")).bytes();
      assertEquals(output.getInteger("bytes"), bytes.length);
      assertEquals(output.getString("content_type"), FileType.of(bytes, null), "its first bytes say something else");
      assertTrue(output.getString("content_type").startsWith(kind), output::encodePrettily);
      // Java reads no WebP.
      boolean readable = kind.equals("image/") && !output.getString("content_type").equals("image/webp");
      assertTrue(!readable || ImageIO.read(new ByteArrayInputStream(bytes)).getWidth() > 1);
    }
  }

  @ParameterizedTest
  @EnumSource(ProviderCapability.class)
  void eachCapabilityIsShownWithThoseThatServeIt(ProviderCapability capability) {
    JsonObject shown = node.get("/v1/capabilities").json().getJsonArray("capabilities").stream().map(JsonObject.class::cast)
        .filter(each -> each.getString("capability").equals(capability.word())).findFirst().orElseThrow();
    List<String> serving = pairs().filter(pair -> pair.capability == capability).map(pair -> pair.provider.word()).toList();
    assertEquals(serving, shown.getJsonArray("providers").getList());
    assertFalse(serving.isEmpty());
    assertTrue(shown.getJsonObject("input").containsKey("properties"));
  }

  @Test
  void thePagesExamplesRunAsTheyStand() {
    JsonObject examples = node.get("/examples.json").json();
    List<String> words = Arrays.stream(ProviderCapability.values()).map(ProviderCapability::word).toList();
    assertEquals(words, List.copyOf(examples.fieldNames()));
    JsonArray batch = new JsonArray(words.stream().map(word -> new JsonObject().put("capability", word).put("input", examples.getJsonObject(word)))
        .toList());
    TestNode.Answer accepted = node.post("/v1/tasks/batch", new JsonObject().put("tasks", batch));
    assertEquals(202, accepted.status(), () -> accepted.json().encodePrettily());
    accepted.json().getJsonArray("tasks").stream().map(each -> node.ended(((JsonObject) each).getString("id")))
        .forEach(task -> assertEquals("completed", task.getString("status"), task::encodePrettily));
  }

  /** The sheets of the 13 providers offer each capability at two of them or more. */
  @Test
  void withAllProvidersEachCapabilityHasTwo() {
    List<String> missing = Arrays.stream(ProviderType.values()).filter(type -> REGISTRY.of(type).isEmpty()).map(ProviderType::word).toList();
    List<String> single = Arrays.stream(ProviderCapability.values()).filter(each -> REGISTRY.with(each).size() < 2)
        .map(ProviderCapability::word).toList();
    assertTrue(single.size() <= missing.size(), () -> single + " have one provider, though only " + missing + " have no processor yet");
  }
}
