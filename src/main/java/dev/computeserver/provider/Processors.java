package dev.computeserver.provider;

import java.util.List;
import java.util.function.Supplier;

/** Every processor that the server has; a new one is a line here. */
final class Processors {
  static final List<Supplier<? extends ProviderProcessor>> ALL = List.of(
      FalStandard::new,
      BlackForestLabs::new,
      Comfyui::new,
      Openai::new,
      Anthropic::new,
      Ideogram::new,
      Stability::new,
      ElevenLabs::new,
      Google::new,
      HuggingFace::new,
      Replicate::new,
      Runway::new,
      Luma::new);

  private Processors() {
  }
}
