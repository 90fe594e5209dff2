package dev.computeserver.sandbox;

import static dev.computeserver.catalog.ProviderCapability.IMAGE_EDITING;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_UNDERSTANDING;
import static dev.computeserver.catalog.ProviderCapability.SPEECH_SYNTHESIS;
import static dev.computeserver.catalog.ProviderCapability.TEXT_EMBEDDING;
import static dev.computeserver.catalog.ProviderCapability.TEXT_GENERATION;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.sandbox.Order.Shape;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** generateContent and the embeddings: what they may hold, what they order and how they answer. */
final class GoogleContent {

  private static final FieldRules BODY = FieldRules.of("contents*:list systemInstruction:object generationConfig:object safetySettings:list tools:list"
      + " toolConfig:object serviceTier:text labels:object cachedContent:text");
  private static final FieldRules TURN = FieldRules.of("role:user|model parts*:list");
  private static final FieldRules PART = FieldRules.of("text:any inlineData:object fileData:object thought:flag");
  private static final FieldRules DATA = FieldRules.of("mimeType*:text data*:file");
  private static final FieldRules CONFIG = FieldRules.of("temperature:0..2 topP:0..1 topK:#1..1000 candidateCount:#1..8 maxOutputTokens:#1..10000000"
      + " stopSequences:list seed:#-2147483648..4294967295 responseMimeType:text responseSchema:object responseJsonSchema:object"
      + " responseModalities:list imageConfig:object speechConfig:object thinkingConfig:object");
  private static final FieldRules IMAGE = FieldRules.of(
      "aspectRatio:1:1|2:3|3:2|3:4|4:3|4:5|5:4|9:16|16:9|21:9|1:8|8:1|1:4|4:1 imageSize:512|1K|2K|4K");
  private static final FieldRules SPEECH = FieldRules.of("languageCode:text voiceConfig:object multiSpeakerVoiceConfig:object");
  private static final FieldRules EMBED = FieldRules.of("content*:object embedContentConfig:object model:text taskType:text title:text outputDimensionality:#1..4096");
  private static final FieldRules EMBED_CONFIG = FieldRules.of("taskType:text title:text outputDimensionality:#1..4096 autoTruncate:flag");
  private static final int USUAL_DIMENSIONS = 768;

  private GoogleContent() { }

  static Optional<String> wrong(JsonObject body) {
    List<Optional<String>> all = new ArrayList<>();
    all.add(wrong("", BODY, body));
    for (Object each : list(body, "contents")) {
      all.add(wrong("contents.", TURN, (JsonObject) each));
      all.add(wrongParts((JsonObject) each));
    }
    if (body.getValue("systemInstruction") instanceof JsonObject instruction) {
      all.add(wrongParts(instruction));
    }
    JsonObject config = body.getJsonObject("generationConfig", new JsonObject());
    all.add(wrong("generation_config.", CONFIG, config));
    all.add(wrong("generation_config.image_config.", IMAGE, config.getJsonObject("imageConfig", new JsonObject())));
    all.add(wrong("generation_config.speech_config.", SPEECH, config.getJsonObject("speechConfig", new JsonObject())));
    return all.stream().flatMap(Optional::stream).findFirst();
  }

  private static Optional<String> wrongParts(JsonObject turn) {
    List<Optional<String>> all = new ArrayList<>();
    for (Object each : list(turn, "parts")) {
      JsonObject part = (JsonObject) each;
      all.add(wrong("parts.", PART, part));
      all.add(part.getJsonObject("inlineData") == null ? Optional.empty() : wrong("inline_data.", DATA, part.getJsonObject("inlineData")));
    }
    return all.stream().flatMap(Optional::stream).findFirst();
  }

  static Optional<String> wrongTexts(boolean one, String model, JsonObject body) {
    List<Optional<String>> all = new ArrayList<>();
    if (!one) {
      all.add(wrong("", FieldRules.of("requests*:list"), body));
    }
    for (JsonObject request : requests(one, body)) {
      all.add(wrong("requests.", EMBED, request));
      all.add(one || ("models/" + model).equals(request.getValue("model")) ? Optional.empty() : Optional.of("requests.model must be models/" + model));
      all.add(wrong("embed_content_config.", EMBED_CONFIG, request.getJsonObject("embedContentConfig", new JsonObject())));
      all.add(wrongParts(request.getJsonObject("content", new JsonObject())));
    }
    return all.stream().flatMap(Optional::stream).findFirst();
  }

  private static Optional<String> wrong(String place, FieldRules rules, JsonObject given) {
    return rules.wrong(given, true).map(wrong -> "Invalid value at '" + place + wrong.field() + "': " + wrong.message());
  }

  private static List<JsonObject> requests(boolean one, JsonObject body) {
    return one ? List.of(body) : list(body, "requests").stream().map(JsonObject.class::cast).toList();
  }

  static List<Order> vectors(SandboxJob job, JsonObject body) {
    List<Order> orders = new ArrayList<>();
    for (JsonObject request : requests(job.model().equals("embed-one"), body)) {
      int asked = request.getJsonObject("embedContentConfig", new JsonObject()).getInteger("outputDimensionality",
          request.getInteger("outputDimensionality", USUAL_DIMENSIONS));
      orders.add(new Order(TEXT_EMBEDDING, texts(request.getJsonObject("content")), List.of(), new Shape(asked, 0, 0, ""), 0, false));
    }
    return orders;
  }

  static JsonObject vectors(boolean one, List<Made> made) {
    List<JsonObject> all = made.stream().map(each -> JsonObject.of("values", new JsonArray(each.text()))).toList();
    return one ? JsonObject.of("embedding", all.get(0)) : JsonObject.of("embeddings", new JsonArray(all));
  }

  static Order order(SandboxJob job, JsonObject body) {
    JsonObject config = body.getJsonObject("generationConfig", new JsonObject());
    List<String> words = new ArrayList<>();
    List<String> pictures = new ArrayList<>();
    for (Object each : list(body, "contents")) {
      words.add(texts((JsonObject) each));
      for (Object part : list((JsonObject) each, "parts")) {
        if (((JsonObject) part).getJsonObject("inlineData") != null) {
          JsonObject data = ((JsonObject) part).getJsonObject("inlineData");
          pictures.add("data:" + data.getString("mimeType") + ";base64," + data.getString("data"));
        }
      }
    }
    List<String> wanted = list(config, "responseModalities").stream().map(String::valueOf).toList();
    ProviderCapability what = wanted.contains("AUDIO") ? SPEECH_SYNTHESIS
        : wanted.contains("IMAGE") ? pictures.isEmpty() ? IMAGE_GENERATION : IMAGE_EDITING
        : pictures.isEmpty() ? TEXT_GENERATION : IMAGE_UNDERSTANDING;
    JsonObject image = config.getJsonObject("imageConfig", new JsonObject());
    int[] size = size(FalOrders.text(image, "aspectRatio", "1:1"), FalOrders.text(image, "imageSize", "1K"));
    return new Order(what, String.join("\n", words), pictures, new Shape(size[0], size[1], 0, "png"), FalOrders.seed(job, config), false);
  }

  private static int[] size(String ratio, String name) {
    int most = name.equals("512") ? 512 : 1024 * Integer.parseInt(name.substring(0, 1));
    int[] sides = Arrays.stream(ratio.split(":")).mapToInt(Integer::parseInt).toArray();
    int longest = Math.max(sides[0], sides[1]);
    return new int[] {most * sides[0] / longest, most * sides[1] / longest};
  }

  static JsonObject answer(SandboxJob job, Made made, JsonObject body) {
    JsonObject part;
    if (made.contentType().startsWith("text/")) {
      part = JsonObject.of("text", made.text());
    } else if (made.contentType().startsWith("audio/")) {
      // Bare samples without the header, as the provider gives them.
      byte[] samples = Arrays.copyOfRange(made.bytes(), 44, made.bytes().length);
      part = JsonObject.of("inlineData", JsonObject.of("mimeType", "audio/L16;codec=pcm;rate=22050", "data", Base64.getEncoder().encodeToString(samples)));
    } else {
      part = JsonObject.of("inlineData", JsonObject.of("mimeType", made.contentType(), "data", GoogleSandbox.base64(made)));
    }
    return JsonObject.of("candidates", JsonArray.of(JsonObject.of("index", 0, "finishReason", "STOP",
        "content", JsonObject.of("role", "model", "parts", JsonArray.of(part)))),
        "usageMetadata", JsonObject.of("promptTokenCount", body.encode().length() / 4, "candidatesTokenCount", made.bytes().length / 4),
        "modelVersion", job.fact("model"), "responseId", job.id());
  }

  private static String texts(JsonObject turn) {
    List<String> all = list(turn, "parts").stream().map(part -> ((JsonObject) part).getString("text", "")).filter(text -> !text.isEmpty()).toList();
    return String.join("\n", all);
  }

  private static JsonArray list(JsonObject from, String name) {
    return from.getValue(name) instanceof JsonArray list ? list : new JsonArray();
  }
}
