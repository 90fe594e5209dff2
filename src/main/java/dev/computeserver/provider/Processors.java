package dev.computeserver.provider;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** Every processor that the server has; a new one is a line here. */
final class Processors {
  private Processors() {
  }

  /** @param conf the settings folder with what a processor reads there, or null without one */
  static List<Supplier<? extends ProviderProcessor>> all(Path conf) {
    return List.of(
        FalStandard::new,
        BlackForestLabs::new,
        () -> new Comfyui(ComfyWorkflows.read(conf)),
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
  }
}
