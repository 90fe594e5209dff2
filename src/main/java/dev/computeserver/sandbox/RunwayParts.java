package dev.computeserver.sandbox;

import dev.computeserver.sandbox.FieldRules.Wrong;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The objects inside of Runway's bodies: references, frames and voices, each with the URI of a file. */
final class RunwayParts {

  private static final FieldRules REFERENCE = FieldRules.of("uri*:file tag:text subject:object|human");
  private static final FieldRules FRAME = FieldRules.of("uri*:file position:first|last");
  private static final FieldRules PRESET = FieldRules.of("type*:runway-preset presetId*:Maya|Arjun|Serene|Bernard|Billy|Mark|Clint|Mabel|Chad|Leslie"
      + "|Eleanor|Elias|Elliot|Grungle|Brodie|Sandra|Kirk|Kylie|Lara|Lisa|Malachi|Marlene|Martin|Miriam|Monster|Paula|Pip|Rusty|Ragnar|Xylar|Maggie"
      + "|Jack|Katie|Noah|James|Rina|Ella|Mariah|Frank|Claudia|Niki|Vincent|Kendrick|Myrna|Tom|Wanda|Benjamin|Kiana|Rachel");
  private static final FieldRules RECORDED = FieldRules.of("type*:reference-audio audioUri*:file");
  private static final FieldRules MODERATION = FieldRules.of("publicFigureThreshold:auto|low");
  private static final String TAG = "[a-zA-Z][a-zA-Z0-9_]{2,15}";
  private static final Map<String, Integer> MOST_PICTURES = Map.of(
      "gen4_image", 3, "gen4_image_turbo", 3, "gemini_2.5_flash", 3, "grok_imagine_image_2", 3);
  private static final int MOST_INLINE = 5 * 1024 * 1024;

  private RunwayParts() { }

  static Optional<Wrong> wrong(JsonObject body) {
    return lists(body).or(() -> object(body, "contentModeration", MODERATION))
        .or(() -> "seed_audio".equals(body.getString("model")) ? object(body, "voice", RECORDED) : object(body, "voice", PRESET))
        .or(() -> Boolean.TRUE.equals(body.getValue("edit")) && !body.containsKey("referenceImages")
            ? Optional.of(new Wrong("referenceImages", "custom", "edit needs at least one reference image")) : Optional.empty())
        .or(() -> sources(body).stream().filter(uri -> !usable(uri)).findFirst()
            .map(uri -> new Wrong("uri", "invalid_string", "must be an https URL, a runway URI or a data URI of at most 5 MB")));
  }

  private static Optional<Wrong> lists(JsonObject body) {
    for (String name : List.of("referenceImages", "promptImage")) {
      if (!(body.getValue(name) instanceof JsonArray list)) {
        if (body.getValue(name) != null && !(body.getValue(name) instanceof String)) {
          return Optional.of(new Wrong(name, "invalid_union", "must be a URI or a list"));
        }
        continue;
      }
      int most = name.equals("promptImage") ? 2 : MOST_PICTURES.getOrDefault(body.getString("model"), 16);
      if (list.size() > most || list.isEmpty() && !"gen4_image".equals(body.getString("model"))) {
        return Optional.of(new Wrong(name, list.isEmpty() ? "too_small" : "too_big", "must hold 1 to " + most + " pictures"));
      }
      for (Object each : list) {
        FieldRules rules = name.equals("promptImage") ? FRAME : REFERENCE;
        Optional<Wrong> wrong = each instanceof JsonObject part ? rules.wrong(part, true).or(() -> tag(part))
            : Optional.of(new Wrong(name, "invalid_type", "must hold objects"));
        if (wrong.isPresent()) {
          return wrong.map(flaw -> new Wrong(name + "." + flaw.field(), flaw.type(), flaw.message()));
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<Wrong> tag(JsonObject part) {
    return part.getString("tag", "abc").matches(TAG) ? Optional.empty() : Optional.of(new Wrong("tag", "invalid_string", "must match " + TAG));
  }

  private static Optional<Wrong> object(JsonObject body, String name, FieldRules rules) {
    return body.getValue(name) instanceof JsonObject part
        ? rules.wrong(part, true).map(flaw -> new Wrong(name + "." + flaw.field(), flaw.type(), flaw.message())) : Optional.empty();
  }

  /** The URIs of the files that a body names. */
  static List<String> sources(JsonObject body) {
    List<String> uris = new ArrayList<>();
    for (String name : List.of("referenceImages", "promptImage", "imageUri", "videoUri")) {
      if (body.getValue(name) instanceof JsonArray list) {
        list.forEach(each -> uris.add(((JsonObject) each).getString("uri")));
      } else if (body.getValue(name) instanceof String uri) {
        uris.add(uri);
      }
    }
    return uris;
  }

  private static boolean usable(String uri) {
    return uri.startsWith("data:") ? uri.matches("(?s)data:(image|video|audio)/[a-z0-9.+-]+;base64,.+") && uri.length() <= MOST_INLINE
        : uri.length() >= 13 && (uri.startsWith("https://") && uri.length() <= 2_048 || uri.startsWith("runway://") && uri.length() <= 5_000);
  }
}
