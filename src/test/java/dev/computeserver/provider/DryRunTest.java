package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a provider would refuse is refused before any file is fetched or uploaded, and nothing is said about files that are not there. */
class DryRunTest {
  private static final Map<String, ProviderProcessor> PROCESSORS = Map.of("comfy", new Comfyui(ComfyWorkflows.read(null)), "runway", new Runway(),
      "hub", new HuggingFace(), "flux", new BlackForestLabs(), "replicate", new Replicate());

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "comfy|image_editing|image_editing|{\"image_url\":\"https://a/i\",\"prompt\":\"p\",\"output_format\":\"webp\"}|/input/output_format",
      "comfy|image_to_video|image_to_video|{\"image_url\":\"data:image/png;base64,AA\",\"duration_seconds\":3600}|/input/duration_seconds",
      "comfy|video_generation|video_generation|{\"prompt\":\"p\",\"image_url\":\"https://a/i\"}|/input/image_url",
      "comfy|super_resolution|none|{\"image_url\":\"https://a/i\"}|/model",
      "runway|image_to_video|gen4_turbo|{\"image_url\":\"http://a/i\",\"duration_seconds\":99}|/input/duration_seconds",
      "runway|super_resolution|magnific_precision_upscaler_v2|{\"image_url\":\"http://a/i\",\"scale\":3}|/input/scale",
      "hub|speech_recognition|fal-ai:a/b|{\"audio_url\":\"https://a/s\",\"language\":\"de\"}|",
      "hub|speech_recognition|hf-inference:a/b|{\"audio_url\":\"https://a/s\"}|", "hub|speech_recognition|replicate:a/b|{\"audio_url\":\"https://a/s\",\"timestamps\":true}|/input/timestamps",
      "flux|inpainting|flux-dev|{\"image_url\":\"https://a/i\",\"mask_url\":\"https://a/m\",\"prompt\":\"p\"}|/model",
      "flux|inpainting|flux-pro-1.0-fill|{\"image_url\":\"https://a/i\",\"mask_url\":\"https://a/m\",\"prompt\":\"p\"}|",
      "replicate|image_editing|black-forest-labs/flux-kontext-pro|{\"image_url\":\"data:image/gif,plain\",\"prompt\":\"p\"}|"})
  void saysWhatDoesNotDependOnTheFiles(String provider, String capability, String model, String input, String pointer) {
    Submission task = Asking.of(capability, model, input);
    String before = task.input().encode();
    if (pointer == null) {
      assertDoesNotThrow(() -> DryRun.of(task, PROCESSORS.get(provider)));
    } else {
      assertEquals(pointer, assertThrows(InvalidInput.class, () -> DryRun.of(task, PROCESSORS.get(provider))).pointer());
    }
    assertEquals(before, task.input().encode());
    assertTrue(task.files().isEmpty());
  }
}
