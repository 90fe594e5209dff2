package dev.computeserver.task;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.catalog.ProviderType;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a client gives to providers alone reaches the one that it is for. */
class ProviderOptionsTest {
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      // For whom, first choice or not, played or not.
      "{\"steps\":4}|fal_standard|true|false|{\"steps\":4}",
      "{\"steps\":4}|replicate|false|false|{}",
      "{\"steps\":4,\"sandbox\":{\"fault\":\"fails\"}}|replicate|false|true|{\"sandbox\":{\"fault\":\"fails\"}}",
      "{\"steps\":4,\"sandbox\":{\"fault\":\"fails\"}}|replicate|false|false|{}",
      "{\"sandbox\":{\"fault\":\"fails\"}}|fal_standard|true|true|{\"sandbox\":{\"fault\":\"fails\"}}",
      "{\"steps\":4,\"sandbox\":{\"fault\":\"fails\"}}|fal_standard|true|false|{\"steps\":4}",
      "{\"fal_standard\":{\"steps\":4,\"sandbox\":{\"fault\":\"fails\"}}}|fal_standard|true|false|{\"steps\":4}",
      "{\"fal_standard\":{\"steps\":4},\"replicate\":{\"go_fast\":true}}|fal_standard|true|false|{\"steps\":4}",
      "{\"fal_standard\":{\"steps\":4},\"replicate\":{\"go_fast\":true}}|replicate|false|false|{\"go_fast\":true}",
      "{\"fal_standard\":{\"steps\":4}}|replicate|true|false|{}",
      "{\"fal_standard\":{\"steps\":4},\"sandbox\":{\"queue_ms\":0}}|fal_standard|true|true|{\"steps\":4,\"sandbox\":{\"queue_ms\":0}}",
      "{\"fal_standard\":{\"steps\":4},\"sandbox\":{\"queue_ms\":0}}|fal_standard|true|false|{\"steps\":4}",
      "{\"fal_standard\":{\"sandbox\":{\"queue_ms\":1}},\"sandbox\":{\"queue_ms\":0}}|fal_standard|true|true|{\"sandbox\":{\"queue_ms\":1}}",
      "{}|fal_standard|true|true|{}"})
  void eachProviderGetsItsOwn(String all, String provider, boolean first, boolean played, String own) {
    JsonObject given = new JsonObject(all);
    assertEquals(new JsonObject(own), ProviderOptions.of(given, provider, first, played));
    assertEquals(new JsonObject(all), given);
  }

  @Test
  void whatIsNotAtHandStaysSo() {
    assertEquals(null, ProviderOptions.of(null, "fal_standard", false, true));
  }

  private static List<String> faults(String options, ProviderType... wanted) {
    List<String> faults = new ArrayList<>();
    ProviderOptions.check(new JsonObject(options), List.of(wanted), (pointer, what) -> faults.add(pointer));
    return faults;
  }

  @Test
  void keysThatDoNotFitEachOtherAreTold() {
    assertEquals(List.of(), faults("{\"steps\":4,\"sandbox\":{}}"));
    assertEquals(List.of(), faults("{\"fal_standard\":{},\"sandbox\":{}}"));
    assertEquals(List.of("/provider_options/steps~1s"), faults("{\"fal_standard\":{},\"steps/s\":4}"));
    assertEquals(List.of("/provider_options/replicate"), faults("{\"fal_standard\":{},\"replicate\":4}"));
    assertEquals(List.of("/provider_options/openai"), faults("{\"openai\":5,\"steps\":4}"));
    assertEquals(List.of(), faults("{\"stability\":0.5}"), "a voice's");
    assertEquals(List.of("/provider_options/luma"), faults("{\"luma\":{}}", ProviderType.FAL_STANDARD, ProviderType.REPLICATE));
    assertEquals(List.of(), faults("{\"luma\":{}}"), "whoever may run it may be meant");
  }

  @Test
  void aPlaceInOnesOwnPartIsFoundInTheWhole() {
    JsonObject keyed = new JsonObject("{\"fal_standard\":{\"prompt\":1}}");
    assertEquals("/provider_options/fal_standard/prompt", ProviderOptions.pointer(keyed, "fal_standard", "/provider_options/prompt"));
    assertEquals("/provider_options/prompt", ProviderOptions.pointer(new JsonObject("{\"prompt\":1}"), "fal_standard", "/provider_options/prompt"));
    assertEquals("/input/prompt", ProviderOptions.pointer(keyed, "fal_standard", "/input/prompt"));
  }
}
