package dev.computeserver.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.config.Settings;
import dev.computeserver.conformance.EveryCapabilityTest.Pair;
import dev.computeserver.provider.Exchange;
import dev.computeserver.provider.InputFile;
import dev.computeserver.provider.InputForm;
import dev.computeserver.provider.InvalidInput;
import dev.computeserver.provider.ProcessorRegistry;
import dev.computeserver.provider.ProviderProcessor;
import dev.computeserver.provider.Submission;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.awt.Color;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever a client may say, a provider hears or refuses: two values of a field, or two files, never make the same request. Of models, those of
 * {@code conf/providers.yaml}.
 */
class EveryFieldCountsTest {
  private static final Settings SETTINGS = Settings.load((Path) null, Map.of());
  private static final ProcessorRegistry REGISTRY = ProcessorRegistry.ofAll();
  private static final UUID TASK = UUID.fromString("01a205d0-e654-7000-89a6-bcc72785beac");
  private static final JsonObject SCHEMAS = schemas();
  /** What is not in the request, and where it is heard all the same. */
  private static final Map<String, String> HEARD = Map.of(
      "ideogram prompt", "it describes pictures and takes no question: the result's note says so",
      "elevenlabs language", "one model hears it in the text: the result's note says so",
      "runway language", "two models hear it in the text: the result's note says so",
      "fal_standard timestamps", "some models tell them always: the result leaves them out",
      "replicate timestamps", "some models tell them always: the result leaves them out");

  private static JsonObject schemas() {
    try (InputStream in = EveryFieldCountsTest.class.getResourceAsStream("/schema/capabilities.json")) {
      return new JsonObject(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException failed) {
      throw new IllegalStateException(failed);
    }
  }

  /** Two inputs that differ in a field, of which providers may take one, both or none. */
  private static List<JsonObject> pair(ProviderCapability capability, String field) {
    JsonObject one = Samples.inputOf(capability);
    JsonObject other = one.copy();
    switch (field) {
      case "prompt", "negative_prompt", "system" -> put(one, "a red fox", other, "a grey wolf", field);
      case "text" -> put(without(one, "texts"), "a red fox", without(other, "texts"), "a grey wolf", field);
      case "voice" -> put(one, "alloy", other, "nova", field);
      case "language" -> put(one, "en", other, "de", field);
      case "seed" -> put(one, 7, other, 8, field);
      case "width" -> put(one.put("height", 1024), 1024, other.put("height", 1024), 768, field);
      case "height" -> put(one.put("width", 1024), 1024, other.put("width", 1024), 768, field);
      case "aspect_ratio" -> put(one, "16:9", other, "9:16", field);
      case "num_outputs" -> put(one, 1, other, 2, field);
      case "output_format" -> put(one, capability == ProviderCapability.SPEECH_SYNTHESIS ? "mp3" : "png", other,
          capability == ProviderCapability.SPEECH_SYNTHESIS ? "wav" : "jpeg", field);
      case "strength" -> put(one, 0.25, other, 0.75, field);
      case "scale" -> put(one, 2, other, 4, field);
      case "max_tokens", "dimensions" -> put(one, 256, other, 512, field);
      case "temperature" -> put(one, 0.25, other, 0.75, field);
      case "duration_seconds" -> put(one, 5, other, 10, field);
      case "resolution" -> put(one, "720p", other, "1080p", field);
      case "timestamps", "instrumental" -> put(one, true, other, false, field);
      case "messages" -> put(without(one, "prompt"), JsonArray.of(words("a red fox")), without(other, "prompt"), JsonArray.of(words("a grey wolf")), field);
      case "texts" -> put(one, JsonArray.of("a red fox"), other, JsonArray.of("a grey wolf"), field);
      case "image_url", "mask_url" -> put(one, Samples.picture(Color.BLACK, Color.WHITE), other, Samples.picture(Color.WHITE, Color.BLACK), field);
      case "audio_url" -> put(one, "data:audio/wav;base64,UklGRgAAAABXQVZF", other, "data:audio/wav;base64,UklGRgAAAABXQVZFAAAA", field);
      case "video_url" -> put(one, "https://example.com/a.mp4", other, "https://example.com/b.mp4", field);
      default -> throw new AssertionError("two values of " + field + " are needed here");
    }
    return List.of(one, other);
  }

  private static void put(JsonObject one, Object value, JsonObject other, Object another, String field) {
    one.put(field, value);
    other.put(field, another);
  }

  private static JsonObject without(JsonObject input, String field) {
    input.remove(field);
    return input;
  }

  private static JsonObject words(String text) {
    return JsonObject.of("role", "user", "content", text);
  }

  static Stream<Pair> pairs() {
    return EveryCapabilityTest.pairs();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("pairs")
  void orIsRefused(Pair pair) {
    ProviderProcessor processor = REGISTRY.of(pair.provider()).orElseThrow();
    List<String> lost = new ArrayList<>();
    for (String model : SETTINGS.providers().get(pair.provider()).models().get(pair.capability())) {
      for (String field : SCHEMAS.getJsonObject(pair.capability().word()).getJsonObject("properties").fieldNames()) {
        if (HEARD.containsKey(pair.provider().word() + " " + field)) {
          continue;
        }
        List<JsonObject> inputs = pair(pair.capability(), field);
        String one = request(processor, pair.capability(), model, inputs.get(0));
        if (one.equals(request(processor, pair.capability(), model, inputs.get(1))) && !one.isEmpty()) {
          lost.add("input." + field + " with " + model);
        }
      }
    }
    assertEquals(List.of(), lost, "neither sent nor refused: map it in submit, or refuse it by Asked.without. Where it only changes what is handed back,"
        + " let the reader heed it and say so by a line in HEARD");
  }

  /** All that is sent; nothing where it is refused. */
  private static String request(ProviderProcessor processor, ProviderCapability capability, String model, JsonObject asked) {
    JsonObject input = asked.copy();
    Map<String, InputFile> files = new HashMap<>();
    for (String field : asked.fieldNames().stream().filter(name -> name.endsWith("_url")).toList()) {
      InputForm.Kind kind = processor.inputForm(capability, model, field, asked).kind();
      String given = asked.getString(field);
      if (kind == InputForm.Kind.BYTES) {
        files.put(field, file(given));
        input.remove(field);
      } else if (kind != InputForm.Kind.AS_GIVEN && kind != InputForm.Kind.DATA_URI) {
        input.put(field, "https://files.example.com/" + given.hashCode());
      }
    }
    try {
      Exchange exchange = processor.submit(new Submission(TASK, 1, capability, model, input, new JsonObject(), null, files));
      String body = exchange.body() == null ? "" : exchange.body().toString(StandardCharsets.ISO_8859_1);
      return exchange.target() + " " + exchange.headers() + " " + body.replaceAll("part-[0-9a-f-]{36}", "part");
    } catch (InvalidInput refused) {
      return "";
    }
  }

  private static InputFile file(String given) {
    if (!given.startsWith("data:")) {
      return new InputFile(Buffer.buffer(given), "video/mp4");
    }
    int comma = given.indexOf(',');
    return new InputFile(Buffer.buffer(Base64.getDecoder().decode(given.substring(comma + 1))), given.substring("data:".length(), given.indexOf(';')));
  }
}
