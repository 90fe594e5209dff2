package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How a provider is reached, as its documents say.
 *
 * @param variable holds the key
 * @param header carries the key
 * @param prefix before the key
 * @param path of its base URL, below the name of the provider
 */
record RecordedProvider(ProviderType type, String variable, String header, String prefix, String path) {
  private static final List<RecordedProvider> ALL = List.of(
      provider(ProviderType.FAL_STANDARD, "FAL_KEY", "Authorization", "Key ", ""),
      provider(ProviderType.REPLICATE, "REPLICATE_API_TOKEN", "Authorization", "Bearer ", "/v1"),
      provider(ProviderType.STABILITY, "STABILITY_API_KEY", "Authorization", "Bearer ", ""),
      provider(ProviderType.OPENAI, "OPENAI_API_KEY", "Authorization", "Bearer ", "/v1"),
      provider(ProviderType.GOOGLE, "GEMINI_API_KEY", "x-goog-api-key", "", ""),
      provider(ProviderType.ANTHROPIC, "ANTHROPIC_API_KEY", "x-api-key", "", ""),
      provider(ProviderType.BLACK_FOREST_LABS, "BFL_API_KEY", "x-key", "", ""),
      provider(ProviderType.RUNWAY, "RUNWAYML_API_SECRET", "Authorization", "Bearer ", ""),
      provider(ProviderType.LUMA, "LUMAAI_API_KEY", "Authorization", "Bearer ", "/dream-machine/v1"),
      provider(ProviderType.ELEVENLABS, "ELEVENLABS_API_KEY", "xi-api-key", "", ""),
      provider(ProviderType.IDEOGRAM, "IDEOGRAM_API_KEY", "Api-Key", "", ""),
      provider(ProviderType.HUGGINGFACE, "HF_TOKEN", "Authorization", "Bearer ", ""),
      // The server has no keys; this is the one of a proxy before it.
      provider(ProviderType.COMFYUI, "COMPUTE_PROVIDERS_COMFYUI_API_KEY", "Authorization", "Bearer ", ""));

  private static RecordedProvider provider(ProviderType type, String variable, String header, String prefix, String path) {
    return new RecordedProvider(type, variable, header, prefix, "/" + type.word() + path);
  }

  static RecordedProvider of(ProviderType type) {
    return ALL.stream().filter(each -> each.type == type).findFirst().orElseThrow();
  }

  String authorization() {
    return prefix + "key-of-" + type.word();
  }

  static List<RecordedProvider> all() {
    return ALL;
  }

  /** The environment of a node for which they all are at that origin. */
  static Map<String, String> environment(String origin) {
    Map<String, String> environment = new HashMap<>();
    ALL.forEach(each -> {
      String settings = "COMPUTE_PROVIDERS_" + each.type.name() + "_";
      environment.putAll(Map.of(each.variable, "key-of-" + each.type.word(), settings + "BASE_URL", origin + each.path,
          settings + "POLLING_FIRST_MS", "30", settings + "POLLING_MIN_MS", "30"));
    });
    return environment;
  }
}
