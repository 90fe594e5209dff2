package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Width and height that a model does not offer are refused at the place of what the client has given. */
class SizesTest {
  private static final Map<String, ProviderProcessor> PROCESSORS = Map.of("flux", new BlackForestLabs(), "runway", new Runway(), "luma", new Luma(),
      "replicate", new Replicate(), "fal", new FalStandard());

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "flux|flux-2-pro|\"height\":1001|/input/height|input.height must be a multiple of 16 from 64 to 8192", "flux|flux-2-pro|\"width\":1001|/input/width|input.width must be a multiple of 16",
      "flux|flux-2-pro|\"height\":4096|/input/height|input.width and input.height must give at most 4194304 pixels",
      "replicate|black-forest-labs/flux-1.1-pro|\"height\":1000|/input/height|input.height must be a multiple of 32 from 256 to 1440",
      "replicate|black-forest-labs/flux-schnell|\"height\":4096|/input/height|input.width and input.height must give at most 2097152 pixels",
      "replicate|black-forest-labs/flux-schnell|\"width\":4096,\"height\":64|/input/width|input.width and input.height must have one of the ratios",
      "runway|gen4_image|\"width\":64,\"height\":6400|/input/width|input.width and input.height must have one of the ratios",
      "luma|photon-1|\"width\":1500,\"height\":1000|/input/width|input.width and input.height must have one of the ratios 1:1, 16:9",
      "fal|fal-ai/nano-banana-pro|\"width\":5000,\"height\":100|/input/width|input.width and input.height must have one of the ratios"})
  void namesTheFieldAndWhatIsAllowed(String provider, String model, String size, String pointer, String message) {
    InvalidInput refused = assertThrows(InvalidInput.class,
        () -> PROCESSORS.get(provider).submit(Asking.of("image_generation", model, "{\"prompt\":\"a fox\"," + size + "}")));
    assertEquals(pointer, refused.pointer());
    assertTrue(refused.getMessage().startsWith(message), refused.getMessage());
  }
}
