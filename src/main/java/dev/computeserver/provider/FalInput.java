package dev.computeserver.provider;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The input of a capability as fal's models name it. What a model alone knows comes from {@code provider_options}. */
final class FalInput {
  private static final List<String> RATIOS = List.of("16:9", "9:16", "1:1");

  private FalInput() {
  }

  static JsonObject of(Submission task) {
    JsonObject in = task.input();
    JsonObject out = new JsonObject();
    switch (task.capability()) {
      case IMAGE_GENERATION -> {
        copy(in, out, Map.of("prompt", "prompt", "seed", "seed", "num_outputs", "num_images", "negative_prompt", "negative_prompt"));
        imageSize(in, out);
        format(in, out);
      }
      case IMAGE_EDITING -> {
        copy(in, out, Map.of("prompt", "prompt", "seed", "seed", "strength", "strength"));
        if (task.model().endsWith("/edit")) {
          out.put("image_urls", new JsonArray().add(in.getString("image_url")));
        } else {
          out.put("image_url", in.getString("image_url"));
        }
        format(in, out);
      }
      case INPAINTING -> copy(in, out, Map.of("prompt", "prompt", "image_url", "image_url", "mask_url", "mask_url", "seed", "seed"));
      case BACKGROUND_REMOVAL -> {
        copy(in, out, Map.of("image_url", "image_url"));
        format(in, out);
      }
      case SUPER_RESOLUTION -> {
        copy(in, out, Map.of("image_url", "image_url", "prompt", "prompt"));
        String scale = task.model().contains("esrgan") ? "scale" : "upscale_factor";
        copy(in, out, Map.of("scale", scale));
      }
      case IMAGE_UNDERSTANDING -> copy(in, out, Map.of("image_url", "image_url", "prompt", "prompt"));
      case VIDEO_GENERATION -> video(in, out, Map.of("prompt", "prompt"), task.model());
      case IMAGE_TO_VIDEO -> {
        video(in, out, Map.of("image_url", "image_url"), task.model());
        // A prompt is required there; who gives a picture alone wants no more than that it moves.
        out.put("prompt", in.getString("prompt", "Animate this picture."));
      }
      case LIP_SYNC -> copy(in, out, Map.of("video_url", "video_url", "audio_url", "audio_url"));
      case TEXT_GENERATION -> text(in, out);
      case SPEECH_SYNTHESIS -> {
        String name = task.model().contains("elevenlabs") || task.model().contains("minimax") ? "text" : "prompt";
        copy(in, out, Map.of("text", name, "voice", "voice"));
      }
      case SPEECH_RECOGNITION -> {
        copy(in, out, Map.of("audio_url", "audio_url", "language", "language"));
        out.put("chunk_level", in.getBoolean("timestamps", true) ? "segment" : "none");
      }
      case MUSIC_GENERATION -> music(in, out, task);
      case SOUND_GENERATION -> {
        copy(in, out, Map.of("prompt", task.model().contains("elevenlabs") ? "text" : "prompt"));
        seconds(in, out, 0.5, 22);
      }
      case MODEL_3D_GENERATION -> {
        if (!in.containsKey("image_url")) {
          throw new ProviderProcessor.InvalidInput("input.image_url is needed: " + task.model() + " makes models from pictures only");
        }
        copy(in, out, Map.of("image_url", "image_url"));
      }
      case TEXT_EMBEDDING -> throw new ProviderProcessor.InvalidInput("capability: fal_standard offers no text_embedding");
    }
    return out;
  }

  /** The place of a fault in fal's validation errors as a prefix for the message. */
  static String field(JsonArray place) {
    return place == null ? "" : place.stream().map(String::valueOf).filter(part -> !part.equals("body"))
        .collect(Collectors.joining(".", "", ": "));
  }

  private static void copy(JsonObject in, JsonObject out, Map<String, String> names) {
    new TreeMap<>(names).forEach((ours, theirs) -> {
      if (in.getValue(ours) != null) {
        out.put(theirs, in.getValue(ours));
      }
    });
  }

  private static void imageSize(JsonObject in, JsonObject out) {
    if (in.containsKey("width") || in.containsKey("height")) {
      int width = in.getInteger("width", in.getInteger("height", 1024));
      out.put("image_size", new JsonObject().put("width", width).put("height", in.getInteger("height", width)));
    } else if (in.containsKey("aspect_ratio")) {
      out.put("image_size", switch (in.getString("aspect_ratio")) {
        case "1:1" -> "square_hd";
        case "4:3" -> "landscape_4_3";
        case "3:4" -> "portrait_4_3";
        case "16:9" -> "landscape_16_9";
        case "9:16" -> "portrait_16_9";
        default -> throw new ProviderProcessor.InvalidInput("input.aspect_ratio must be one of 1:1, 4:3, 3:4, 16:9, 9:16, or give width and height");
      });
    }
  }

  private static void format(JsonObject in, JsonObject out) {
    if (in.containsKey("output_format")) {
      String format = in.getString("output_format");
      out.put("output_format", format.equals("jpg") ? "jpeg" : format);
    }
  }

  private static void video(JsonObject in, JsonObject out, Map<String, String> names, String model) {
    copy(in, out, names);
    if (in.containsKey("duration_seconds")) {
      double seconds = in.getDouble("duration_seconds");
      if (model.contains("kling") && seconds != 5 && seconds != 10) {
        throw new ProviderProcessor.InvalidInput("input.duration_seconds must be 5 or 10 for " + model);
      }
      out.put("duration", String.valueOf((long) seconds));
    }
    if (in.containsKey("aspect_ratio") && names.containsKey("prompt")) {
      if (model.contains("kling") && !RATIOS.contains(in.getString("aspect_ratio"))) {
        throw new ProviderProcessor.InvalidInput("input.aspect_ratio must be one of " + String.join(", ", RATIOS) + " for " + model);
      }
      out.put("aspect_ratio", in.getString("aspect_ratio"));
    }
    if (!model.contains("kling")) {
      copy(in, out, Map.of("resolution", "resolution", "seed", "seed"));
    }
  }

  private static void text(JsonObject in, JsonObject out) {
    JsonArray messages = in.getJsonArray("messages");
    String prompt = messages == null ? in.getString("prompt") : messages.stream().map(JsonObject.class::cast)
        .filter(message -> !"system".equals(message.getString("role")))
        .map(message -> messages.size() == 1 ? message.getString("content") : message.getString("role") + ": " + message.getString("content"))
        .collect(Collectors.joining("\n\n"));
    String system = messages == null ? null : messages.stream().map(JsonObject.class::cast)
        .filter(message -> "system".equals(message.getString("role"))).map(message -> message.getString("content"))
        .collect(Collectors.joining("\n\n"));
    out.put("prompt", prompt).put("model", "google/gemini-2.5-flash");
    if (in.containsKey("system") || system != null && !system.isEmpty()) {
      out.put("system_prompt", in.getString("system", system));
    }
    copy(in, out, Map.of("max_tokens", "max_tokens", "temperature", "temperature"));
  }

  private static void music(JsonObject in, JsonObject out, Submission task) {
    copy(in, out, Map.of("prompt", "prompt"));
    if (task.model().contains("minimax")) {
      // This model always sings; without words of the client's own it is given none to sing but the form.
      out.put("lyrics_prompt", "[intro]\n[inst]\n[outro]");
    } else {
      seconds(in, out, 1, 190);
    }
  }

  private static void seconds(JsonObject in, JsonObject out, double least, double most) {
    if (in.containsKey("duration_seconds")) {
      double seconds = in.getDouble("duration_seconds");
      if (seconds < least || seconds > most) {
        throw new ProviderProcessor.InvalidInput("input.duration_seconds must be between " + least + " and " + most);
      }
      out.put("duration_seconds", in.getValue("duration_seconds"));
    }
  }
}
