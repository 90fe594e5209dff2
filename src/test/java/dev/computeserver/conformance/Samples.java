package dev.computeserver.conformance;

import dev.computeserver.catalog.ProviderCapability;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The least input of each capability. */
final class Samples {
  private static final String PNG = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

  private Samples() {
  }

  static JsonObject inputOf(ProviderCapability capability) {
    JsonObject input = new JsonObject();
    return switch (capability) {
      case IMAGE_GENERATION, VIDEO_GENERATION, TEXT_GENERATION, MUSIC_GENERATION, SOUND_GENERATION -> input.put("prompt", "a red fox");
      case IMAGE_EDITING, IMAGE_UNDERSTANDING -> input.put("image_url", PNG).put("prompt", "a red fox");
      case INPAINTING -> input.put("image_url", PNG).put("mask_url", PNG).put("prompt", "a red fox");
      case BACKGROUND_REMOVAL, SUPER_RESOLUTION, IMAGE_TO_VIDEO, MODEL_3D_GENERATION -> input.put("image_url", PNG);
      case LIP_SYNC -> input.put("video_url", "https://example.com/a.mp4").put("audio_url", "https://example.com/a.mp3");
      case TEXT_EMBEDDING -> input.put("texts", new JsonArray().add("a red fox"));
      case SPEECH_SYNTHESIS -> input.put("text", "a red fox");
      case SPEECH_RECOGNITION -> input.put("audio_url", "https://example.com/a.mp3");
    };
  }
}
