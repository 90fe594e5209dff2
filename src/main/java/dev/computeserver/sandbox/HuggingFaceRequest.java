package dev.computeserver.sandbox;

import static dev.computeserver.catalog.ProviderCapability.IMAGE_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_UNDERSTANDING;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_RECOGNITION;
import static dev.computeserver.catalog.ProviderCapability.TEXT_EMBEDDING;
import static dev.computeserver.catalog.ProviderCapability.TEXT_GENERATION;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.sandbox.Order.Shape;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Chat and the router's own machines: what they may hold, what they order, how they answer; and the Hub's mapping of models. */
final class HuggingFaceRequest {

  private static final FieldRules CHAT = FieldRules.of("model*:text messages*:list max_tokens:#1..10000000 temperature:0..2 top_p:0..1 stop:any"
      + " seed:#0..4294967295 frequency_penalty:-2..2 presence_penalty:-2..2 logprobs:flag response_format:object tools:list tool_choice:any"
      + " stream:flag stream_options:object");
  private static final FieldRules MESSAGE = FieldRules.of("role*:system|user|assistant|tool content*:any name:text");
  private static final FieldRules PICTURE = FieldRules.of("inputs*:text parameters:object");
  private static final FieldRules PICTURE_PARAMETERS = FieldRules.of("negative_prompt:text guidance_scale:0..100 num_inference_steps:#1..500 width:#16..8192"
      + " height:#16..8192 scheduler:text seed:#0..4294967295");
  private static final FieldRules SOUND = FieldRules.of("inputs*:file parameters:object");
  private static final FieldRules SOUND_PARAMETERS = FieldRules.of("return_timestamps:any generation_parameters:object");
  private static final FieldRules TEXTS = FieldRules.of("inputs*:any normalize:flag truncate:flag truncation_direction:left|right prompt_name:text");
  private static final int USUAL_DIMENSIONS = 1024;

  private static final Map<String, String> FAL = Map.of("black-forest-labs/FLUX.1-dev", "text-to-image fal-ai/flux/dev",
      "black-forest-labs/FLUX.2-klein-9B", "image-to-image fal-ai/flux-2/klein/9b/edit",
      "briaai/RMBG-2.0", "image-segmentation fal-ai/bria/background/remove",
      "Wan-AI/Wan2.2-TI2V-5B", "text-to-video fal-ai/wan/v2.2-5b/text-to-video",
      "hexgrad/Kokoro-82M", "text-to-speech fal-ai/kokoro/american-english");

  private HuggingFaceRequest() { }

  /** Which backends have a model; empty for one that the Hub does not know. */
  static Optional<JsonObject> mapping(String model) {
    String[] fal = FAL.getOrDefault(model, "").split(" ");
    if (fal.length == 2) {
      return Optional.of(JsonObject.of("fal-ai", live(fal[0], fal[1]), "novita", live(fal[0], model).put("status", "staging")));
    }
    String task = model.contains("whisper") ? "automatic-speech-recognition"
        : model.matches(".*(harrier|e5-|bge|embed).*") ? "feature-extraction" : model.contains("stable-diffusion") ? "text-to-image" : null;
    return task == null ? Optional.empty() : Optional.of(JsonObject.of("hf-inference", live(task, model)));
  }

  private static JsonObject live(String task, String id) {
    return JsonObject.of("status", "live", "providerId", id, "task", task);
  }

  /** What a model of the router's own machines does, by its name. */
  static ProviderCapability own(String name) {
    return name.contains("whisper") ? SPEECH_RECOGNITION : IMAGE_GENERATION;
  }

  static Optional<String> wrongChat(JsonObject body) {
    List<Optional<FieldRules.Wrong>> all = new ArrayList<>();
    all.add(CHAT.wrong(body, true));
    list(body, "messages").forEach(message -> all.add(MESSAGE.wrong((JsonObject) message, true)));
    return all.stream().flatMap(Optional::stream).findFirst().map(wrong -> wrong.field() + " " + wrong.message());
  }

  static Optional<String> wrong(ProviderCapability what, JsonObject body) {
    FieldRules rules = what == TEXT_EMBEDDING ? TEXTS : what == SPEECH_RECOGNITION ? SOUND : PICTURE;
    Optional<String> wrong = rules.wrong(body, true).map(each -> each.field() + " " + each.message());
    if (wrong.isPresent() || what == TEXT_EMBEDDING) {
      return wrong;
    }
    return (what == SPEECH_RECOGNITION ? SOUND_PARAMETERS : PICTURE_PARAMETERS).wrong(body.getJsonObject("parameters", new JsonObject()), true)
        .map(each -> "parameters." + each.field() + " " + each.message());
  }

  /** Bare sound as the body that would say the same. */
  static JsonObject bare(Buffer sound) {
    return JsonObject.of("inputs", Base64.getEncoder().encodeToString(sound.getBytes()));
  }

  static List<Order> orders(ProviderCapability what, SandboxJob job, JsonObject body) {
    return switch (what) {
      case TEXT_GENERATION -> List.of(chatOrder(body));
      case TEXT_EMBEDDING -> texts(body).stream().map(text -> new Order(what, text, List.of(), new Shape(USUAL_DIMENSIONS, 0, 0, ""), 0, false)).toList();
      case SPEECH_RECOGNITION -> List.of(new Order(what, "", List.of("data:audio/x;base64," + body.getString("inputs")), new Shape(0, 0, 0, ""), 0, false));
      default -> {
        JsonObject parameters = body.getJsonObject("parameters", new JsonObject());
        yield List.of(new Order(what, body.getString("inputs"), List.of(), new Shape(parameters.getInteger("width", 1024),
            parameters.getInteger("height", 1024), 0, "jpeg"), FalOrders.seed(job, parameters), false));
      }
    };
  }

  private static Order chatOrder(JsonObject body) {
    List<String> words = new ArrayList<>();
    List<String> pictures = new ArrayList<>();
    for (Object each : list(body, "messages")) {
      Object content = ((JsonObject) each).getValue("content");
      if (content instanceof JsonArray parts) {
        parts.stream().map(JsonObject.class::cast).forEach(part -> {
          if (part.getString("text") != null) {
            words.add(part.getString("text"));
          } else {
            pictures.add(part.getJsonObject("image_url").getString("url"));
          }
        });
      } else {
        words.add(String.valueOf(content));
      }
    }
    return new Order(pictures.isEmpty() ? TEXT_GENERATION : IMAGE_UNDERSTANDING, String.join("\n", words), pictures, new Shape(0, 0, 0, ""), 0, false);
  }

  private static List<String> texts(JsonObject body) {
    return body.getValue("inputs") instanceof JsonArray list ? list.stream().map(String::valueOf).toList() : List.of(String.valueOf(body.getValue("inputs")));
  }

  static JsonObject chat(SandboxJob job, Made made, JsonObject body) {
    int asked = body.encode().length() / 4;
    int said = made.text().length() / 4;
    return JsonObject.of("id", "chatcmpl-" + job.id(), "object", "chat.completion", "model", body.getString("model"),
        "choices", JsonArray.of(JsonObject.of("index", 0, "message", JsonObject.of("role", "assistant", "content", made.text()), "finish_reason", "stop")),
        "usage", JsonObject.of("prompt_tokens", asked, "completion_tokens", said, "total_tokens", asked + said));
  }

  static Reply answer(ProviderCapability what, List<Made> made, JsonObject body) {
    if (what == TEXT_EMBEDDING) {
      List<JsonArray> vectors = made.stream().map(each -> new JsonArray(each.text())).toList();
      JsonArray all = body.getValue("inputs") instanceof JsonArray ? new JsonArray(vectors) : vectors.get(0);
      return new Reply(200, Map.of("Content-Type", "application/json"), all.toBuffer());
    }
    if (what == SPEECH_RECOGNITION) {
      JsonObject answer = JsonObject.of("text", made.get(0).text());
      boolean timed = Boolean.TRUE.equals(body.getJsonObject("parameters", new JsonObject()).getValue("return_timestamps"));
      return Reply.json(200, timed ? answer.put("chunks", JsonArray.of(JsonObject.of("text", made.get(0).text(),
          "timestamp", JsonArray.of(0.0, made.get(0).seconds())))) : answer);
    }
    return new Reply(200, Map.of("Content-Type", made.get(0).contentType()), Buffer.buffer(made.get(0).bytes()));
  }

  private static JsonArray list(JsonObject from, String name) {
    return from.getValue(name) instanceof JsonArray list ? list : new JsonArray();
  }
}
