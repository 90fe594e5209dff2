package dev.computeserver.catalog;

/** The external AI services that the server knows by name. */
public enum ProviderType implements Named {
  FAL_STANDARD,
  REPLICATE,
  STABILITY,
  OPENAI,
  GOOGLE,
  ANTHROPIC,
  BLACK_FOREST_LABS,
  RUNWAY,
  LUMA,
  ELEVENLABS,
  IDEOGRAM,
  HUGGINGFACE,
  COMFYUI
}
