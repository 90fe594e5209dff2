package dev.computeserver.provider;

import static dev.computeserver.catalog.ProviderCapability.IMAGE_TO_VIDEO;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_RECOGNITION;
import static dev.computeserver.catalog.ProviderCapability.TEXT_EMBEDDING;

import dev.computeserver.catalog.ProviderCapability;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A model as a backend of Hugging Face's router knows it; written {@code backend:id}.
 *
 * @param backend one of those that this server speaks to
 * @param id the backend's own model id
 */
record HuggingFaceModel(String backend, String id) {
  private static final Pattern RESOLVED = Pattern.compile("(fal-ai|hf-inference|replicate|together):.+");
  private static final List<String> MEDIA = List.of("fal-ai", "replicate", "together");
  private static final List<String> DATA = List.of("hf-inference", "fal-ai", "together", "replicate");
  /** Where the usual models are while the Hub cannot be asked. */
  private static final Map<String, String> USUAL = Map.of(
      "microsoft/harrier-oss-v1-0.6b", "hf-inference:microsoft/harrier-oss-v1-0.6b",
      "intfloat/multilingual-e5-large-instruct", "together:intfloat/multilingual-e5-large-instruct",
      "black-forest-labs/FLUX.1-dev", "fal-ai:fal-ai/flux/dev",
      "black-forest-labs/FLUX.2-klein-9B", "fal-ai:fal-ai/flux-2/klein/9b/edit",
      "briaai/RMBG-2.0", "fal-ai:fal-ai/bria/background/remove",
      "Wan-AI/Wan2.2-TI2V-5B", "fal-ai:fal-ai/wan/v2.2-5b/text-to-video",
      "openai/whisper-large-v3", "hf-inference:openai/whisper-large-v3",
      "hexgrad/Kokoro-82M", "fal-ai:fal-ai/kokoro/american-english");

  static boolean isResolved(String model) {
    return RESOLVED.matcher(model).matches();
  }

  static HuggingFaceModel of(String resolved) {
    if (!isResolved(resolved)) {
      throw InvalidInput.model(resolved + " must be looked up first, or be given as backend:id with a backend of "
          + String.join(", ", DATA));
    }
    return new HuggingFaceModel(resolved.substring(0, resolved.indexOf(':')), resolved.substring(resolved.indexOf(':') + 1));
  }

  static Optional<String> usual(ProviderCapability capability, String model) {
    return Optional.ofNullable(USUAL.get(model)).map(name -> moving(capability, name));
  }

  /** The best live backend in the Hub's answer about a model. */
  static String choose(ProviderCapability capability, String model, JsonObject hub) {
    Map<String, JsonObject> live = new HashMap<>();
    Object mapping = hub.getValue("inferenceProviderMapping");
    if (mapping instanceof JsonArray) {
      Json.objects(hub, "inferenceProviderMapping").forEach(each -> live.put(Json.text(each, "provider"), each));
    } else if (mapping instanceof JsonObject byName) {
      byName.fieldNames().forEach(name -> live.put(name, Json.object(byName, name)));
    } else {
      throw new MissingField("inferenceProviderMapping");
    }
    for (String backend : backends(capability)) {
      JsonObject entry = live.get(backend);
      if (entry != null && Words.of(entry.getValue("status")).equals("live") && entry.getValue("providerId") instanceof String id) {
        return moving(capability, backend + ":" + id);
      }
    }
    throw InvalidInput.model(model + " is live at none of " + String.join(", ", backends(capability)) + " for "
        + capability.word() + "; choose another model");
  }

  private static List<String> backends(ProviderCapability capability) {
    if (capability == TEXT_EMBEDDING || capability == SPEECH_RECOGNITION) {
      return capability == TEXT_EMBEDDING ? List.of("hf-inference", "together") : DATA;
    }
    return switch (capability) {
      case IMAGE_GENERATION -> List.of("fal-ai", "replicate", "together", "hf-inference");
      case BACKGROUND_REMOVAL -> List.of("fal-ai");
      default -> MEDIA;
    };
  }

  /** The Hub names one address of a model that also moves pictures; fal has another one for them. */
  private static String moving(ProviderCapability capability, String name) {
    return capability == IMAGE_TO_VIDEO && name.startsWith("fal-ai:") ? name.replaceFirst("/text-to-video$", "/image-to-video") : name;
  }
}
