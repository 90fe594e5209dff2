package dev.computeserver.provider;

import static dev.computeserver.provider.Asking.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A job's id is a text or a whole number: a submit that was taken is not lost for that. */
class NumberedIdsTest {
  private static ProviderProcessor processor(String provider) {
    return ProcessorRegistry.ofAll().of(Named.of(ProviderType.class, provider).orElseThrow()).orElseThrow();
  }

  private static Exchange submit(String provider, String capability, String model) {
    String options = provider.equals("anthropic") ? "{\"batch\":true}" : "{}";
    String input = provider.equals("luma") ? "{\"prompt\":\"a fox\"}" : provider.equals("runway") ? "{\"prompt\":\"p\",\"aspect_ratio\":\"16:9\",\"duration_seconds\":5}"
        : capability.equals("super_resolution") ? "{\"image_url\":\"FILE\",\"prompt\":\"p\"}" : "{\"prompt\":\"p\"}";
    Submission task = Asking.of(capability, model, input, options);
    return processor(provider).submit(provider.equals("ideogram") ? new Submission(task.taskId(), 1, task.capability(), model, task.input(),
        task.options(), "https://us/callback", task.files()) : task);
  }

  private static String id(Step step) {
    return ((Step.Waiting) step).job().externalId();
  }

  @ParameterizedTest
  @CsvSource({"fal_standard, image_generation, fal-ai/flux/dev, request_id", "replicate, image_generation, a/b, id", "luma, video_generation, ray-2, id",
      "luma, image_generation, uni-1, id", "black_forest_labs, image_generation, flux-2-pro, id", "black_forest_labs, image_generation, flux-2-pro, task_id",
      "google, video_generation, veo, id", "openai, text_generation, gpt-5, id", "elevenlabs, video_generation, veo, id", "elevenlabs, video_generation, veo, flow_id",
      "stability, super_resolution, creative, id", "runway, video_generation, gen4.5, id", "huggingface, image_generation, fal-ai:a/b, request_id",
      "huggingface, image_generation, replicate:a/b, id", "huggingface, video_generation, together:a/b, id", "ideogram, image_generation, ideogram-v4, generation_id",
      "anthropic, text_generation, claude, id"})
  void aSubmitThatWasTakenNamesItsJob(String provider, String capability, String model, String field) {
    for (String number : new String[] {"12345678", "123456789012345678", "123456789012345678901234567890"}) {
      assertEquals(number, id(submit(provider, capability, model).reader().apply(reply(200, "{\"" + field + "\":" + number + "}"))));
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"replicate|{\"id\":12345678}", "fal_standard|{\"request_id\":12345678}", "black_forest_labs|{\"id\":12345678}",
      "luma|{\"id\":12345678}", "google|{\"data\":{\"id\":12345678}}", "ideogram|{\"generation_id\":12345678}"})
  void aCallbackToo(String provider, String body) {
    CallbackRules.OfAttempt rules = (CallbackRules.OfAttempt) processor(provider).callbacks().orElseThrow();
    Reply callback = reply(200, body, "X-Ideogram-Webhook-Generation-Id", "12345678");
    assertEquals("12345678", rules.about().job(ProviderCapability.IMAGE_GENERATION, "a/b", callback).externalId());
  }

  @Test
  void aListOfJobsToo() {
    Submission task = Asking.of("image_generation", "a/b", "{\"prompt\":\"p\"}");
    Exchange list = processor("replicate").find(task, Instant.EPOCH).orElseThrow();
    Step found = list.reader().apply(reply(200, "{\"results\":[{\"id\":7,\"model\":\"a/b\",\"input\":{\"prompt\":\"p\"}}]}"));
    assertEquals("7", ((Step.Found) found).jobs().get(0).externalId());
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "\"\"", "\" \"", "1.5", "true", "[1]", "{\"id\":1}"})
  void anythingElseIsNone(String id) {
    assertThrows(MissingField.class, () -> Ids.required(Json.object(reply(200, "{\"id\":" + id + "}").body()), "id"));
  }
}
