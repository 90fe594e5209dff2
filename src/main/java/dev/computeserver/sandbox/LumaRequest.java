package dev.computeserver.sandbox;

import static dev.computeserver.catalog.ProviderCapability.IMAGE_EDITING;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_GENERATION;
import static dev.computeserver.catalog.ProviderCapability.IMAGE_TO_VIDEO;
import static dev.computeserver.catalog.ProviderCapability.VIDEO_GENERATION;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.sandbox.FieldRules.Wrong;
import dev.computeserver.sandbox.Order.Shape;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What requests to Luma's two APIs may hold, and what they order. */
final class LumaRequest {

  /** Where a request goes: the Dream Machine's paths for pictures and videos, and the one path of the Luma Agents API. */
  enum Kind { IMAGE, VIDEO, AGENTS }

  private static final String SHARED = " aspect_ratio:1:1|16:9|9:16|4:3|3:4|21:9|9:21 callback_url:text";
  private static final FieldRules IMAGE = FieldRules.of("model*:photon-1|photon-flash-1 prompt*:text format:jpg|png generation_type:image"
      + " image_ref:list style_ref:list character_ref:object modify_image_ref:object sync:flag sync_timeout:0..600" + SHARED);
  private static final FieldRules VIDEO = FieldRules.of("model*:ray-2|ray-flash-2 prompt:text resolution:540p|720p|1080p|4k duration:5s|9s"
      + " loop:flag keyframes:object concepts:list generation_type:video" + SHARED);
  private static final FieldRules REFERENCE = FieldRules.of("url*:file weight:0..1");
  private static final FieldRules FRAMES = FieldRules.of("frame0:object frame1:object");
  private static final FieldRules PICTURE_FRAME = FieldRules.of("type*:image url*:file");
  private static final FieldRules GENERATION_FRAME = FieldRules.of("type*:generation id*:text");
  private static final FieldRules AGENTS = FieldRules.of("prompt*:text model:uni-1|uni-1-max|ray-3.2"
      + " type:image|image_edit|video|video_edit|video_reframe"
      + " aspect_ratio:3:1|2:1|16:9|3:2|1:1|2:3|9:16|1:2|1:3|3:4|4:3|21:9 output_format:png|jpeg style:auto|manga web_search:flag user_id:text"
      + " image_ref:list source:object video:object");
  private static final FieldRules MEDIA = FieldRules.of("url:file data:file generation_id:text file_id:text media_type:text");
  private static final FieldRules AGENTS_VIDEO = FieldRules.of("resolution:360p|540p|720p|1080p duration:5s|10s loop:flag hdr:flag exr_export:flag"
      + " start_frame:object end_frame:object source_position:any edit:object keyframes:list keyframe_indexes:list");

  private LumaRequest() { }

  static Optional<Reply> wrong(Kind kind, JsonObject body) {
    return switch (kind) {
      case IMAGE -> flaw("", IMAGE, body).or(() -> length(body, 3, 5_000)).or(() -> all("image_ref.", REFERENCE, list(body, "image_ref")))
          .or(() -> all("style_ref.", REFERENCE, list(body, "style_ref")))
          .or(() -> flaw("modify_image_ref.", REFERENCE, body.getJsonObject("modify_image_ref")));
      case VIDEO -> flaw("", VIDEO, body).or(() -> frames(body)).or(() -> length(body, 3, 5_000));
      case AGENTS -> flaw("", AGENTS, body).or(() -> length(body, 1, 6_000)).or(() -> agents(body));
    };
  }

  private static Optional<Reply> frames(JsonObject body) {
    JsonObject frames = body.getJsonObject("keyframes");
    boolean pictured = frames != null && (isPicture(frames.getValue("frame0")) || isPicture(frames.getValue("frame1")));
    if (frames != null && frames.getValue("frame0") == null && frames.getValue("frame1") == null) {
      return refusal("No keyframes provided");
    }
    if (!pictured && body.getString("prompt") == null) {
      return refusal("Prompt is required");
    }
    if (frames == null) {
      return Optional.empty();
    }
    if (Boolean.TRUE.equals(body.getValue("loop")) && frames.getValue("frame1") != null) {
      return refusal("Loop is not supported for these keyframes");
    }
    return flaw("keyframes.", FRAMES, frames).or(() -> frame(frames.getJsonObject("frame0"))).or(() -> frame(frames.getJsonObject("frame1")));
  }

  private static boolean isPicture(Object frame) {
    return frame instanceof JsonObject given && "image".equals(given.getValue("type"));
  }

  private static Optional<Reply> frame(JsonObject frame) {
    return flaw("keyframes.", isPicture(frame) ? PICTURE_FRAME : GENERATION_FRAME, frame);
  }

  private static Optional<Reply> agents(JsonObject body) {
    String type = type(body);
    boolean video = type.startsWith("video");
    if (video != "ray-3.2".equals(body.getString("model", "uni-1"))) {
      return refusal("model does not make the type " + type);
    }
    String ratio = body.getString("aspect_ratio", "1:1");
    if (!List.of((video ? "9:16 3:4 1:1 4:3 16:9 21:9" : "3:1 2:1 16:9 3:2 1:1 2:3 9:16 1:2 1:3").split(" ")).contains(ratio)) {
      return refusal("aspect_ratio " + ratio + " is not one of the type " + type);
    }
    if (!type.equals("image") && !type.equals("video") && body.getJsonObject("source") == null) {
      return refusal("source is required for the type " + type);
    }
    JsonObject options = body.getJsonObject("video", new JsonObject());
    return flaw("video.", AGENTS_VIDEO, options).or(() -> media(body.getJsonObject("source")))
        .or(() -> media(options.getJsonObject("start_frame"))).or(() -> media(options.getJsonObject("end_frame")))
        .or(() -> list(body, "image_ref").stream().map(LumaRequest::media).flatMap(Optional::stream).findFirst());
  }

  private static Optional<Reply> media(JsonObject reference) {
    if (reference == null) {
      return Optional.empty();
    }
    long ways = List.of("url", "data", "generation_id", "file_id").stream().filter(each -> reference.getValue(each) != null).count();
    boolean typed = reference.getValue("data") == null || reference.getValue("media_type") != null;
    return ways != 1 ? refusal("a reference needs exactly one of url, data, generation_id and file_id")
        : typed ? flaw("", MEDIA, reference) : refusal("data needs media_type");
  }

  private static Optional<Reply> all(String place, FieldRules rules, List<JsonObject> given) {
    return given.stream().map(each -> flaw(place, rules, each)).flatMap(Optional::stream).findFirst();
  }

  private static List<JsonObject> list(JsonObject body, String field) {
    return body.getJsonArray(field, new JsonArray()).stream().map(JsonObject.class::cast).toList();
  }

  private static Optional<Reply> length(JsonObject body, int least, int most) {
    String prompt = body.getString("prompt");
    return prompt == null || prompt.length() >= least && prompt.length() <= most ? Optional.empty()
        : refusal("Prompt is too " + (prompt.length() < least ? "short, minimum" : "long, maximum") + " length is "
            + (prompt.length() < least ? least : most) + " characters");
  }

  private static Optional<Reply> flaw(String place, FieldRules rules, JsonObject given) {
    return given == null ? Optional.empty() : rules.wrong(given, true).map(wrong -> invalid(place, wrong));
  }

  static Reply invalid(String place, Wrong wrong) {
    return Reply.json(422, JsonObject.of("detail", JsonArray.of(JsonObject.of("loc", JsonArray.of("body", place + wrong.field()), "msg",
        wrong.message(), "type", wrong.type()))));
  }

  private static Optional<Reply> refusal(String text) {
    return Optional.of(Reply.json(400, JsonObject.of("detail", text)));
  }

  static String type(JsonObject body) {
    return body.getString("type", "image");
  }

  static Order order(Kind kind, SandboxJob job, JsonObject body) {
    List<String> sources = kind == Kind.AGENTS ? agentsSources(body) : sources(body);
    boolean video = kind == Kind.VIDEO || kind == Kind.AGENTS && type(body).startsWith("video");
    ProviderCapability what = video ? sources.isEmpty() ? VIDEO_GENERATION : IMAGE_TO_VIDEO
        : sources.isEmpty() ? IMAGE_GENERATION : IMAGE_EDITING;
    int[] size = FalOrders.size(JsonObject.of("aspect_ratio", FalOrders.text(body, "aspect_ratio", "16:9")));
    String seconds = FalOrders.text(kind == Kind.AGENTS ? body.getJsonObject("video", new JsonObject()) : body, "duration", "5s");
    String format = kind == Kind.AGENTS ? FalOrders.text(body, "output_format", "png") : FalOrders.text(body, "format", "jpg");
    return new Order(what, FalOrders.text(body, "prompt", ""), sources, new Shape(size[0], size[1], Double.parseDouble(seconds.replace("s", "")),
        format), FalOrders.seed(job, body), false);
  }

  private static List<String> sources(JsonObject body) {
    JsonObject frames = body.getJsonObject("keyframes", new JsonObject());
    return Stream.of(body.getJsonObject("modify_image_ref"), frames.getJsonObject("frame0"), frames.getJsonObject("frame1"))
        .filter(each -> each != null && each.getString("url") != null).map(each -> each.getString("url")).toList();
  }

  private static List<String> agentsSources(JsonObject body) {
    JsonObject frame = body.getJsonObject("video", new JsonObject()).getJsonObject("start_frame");
    JsonObject source = frame == null ? body.getJsonObject("source") : frame;
    if (source == null) {
      return List.of();
    }
    return List.of(source.getString("url") != null ? source.getString("url")
        : "data:" + source.getString("media_type") + ";base64," + source.getString("data", ""));
  }
}
