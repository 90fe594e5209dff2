package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Reads the history of a job that has ended. Nothing is ever charged for one. */
final class ComfyResult {
  private static final List<String> FILE_KEYS = List.of("images", "audio", "3d", "gifs", "video", "videos");

  private ComfyResult() {
  }

  static Step of(JsonObject entry) {
    JsonObject status = entry.getValue("status") instanceof JsonObject told ? told : new JsonObject();
    if (!"success".equals(status.getString("status_str", "success")) || Boolean.FALSE.equals(status.getValue("completed"))) {
      return failure(list(status, "messages"));
    }
    JsonObject outputs = entry.getValue("outputs") instanceof JsonObject made ? made : new JsonObject();
    List<Media> media = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    outputs.fieldNames().stream().filter(node -> outputs.getValue(node) instanceof JsonObject)
        .sorted(Comparator.comparing((String node) -> node.matches("\\d{1,9}") ? Integer.parseInt(node) : Integer.MAX_VALUE)
            .thenComparing(node -> node))
        .map(outputs::getJsonObject).forEach(output -> {
          for (String key : FILE_KEYS) {
            list(output, key).stream().filter(item -> item instanceof JsonObject file && "output".equals(file.getString("type")))
                .forEach(item -> media.add(file((JsonObject) item)));
          }
          list(output, "text").forEach(line -> texts.add(String.valueOf(line)));
        });
    if (media.isEmpty() && texts.isEmpty()) {
      return new Step.Failed(Code.PROVIDER_FAILED, "the workflow ended without a file or a text; it needs a node that saves what it makes", false,
          null, Charged.NO);
    }
    return new Step.Done(media, texts.isEmpty() ? null : new JsonObject().put("text", String.join("\n", texts)));
  }

  private static Media file(JsonObject item) {
    String name = item.getString("filename");
    if (name == null) {
      throw new MissingField("filename");
    }
    String folder = item.getValue("subfolder") instanceof String given ? given : "";
    return Media.atAuthorized("/view?filename=" + encoded(name) + "&subfolder=" + encoded(folder) + "&type=output", null);
  }

  /** Nodes of other makers put anything there. */
  private static JsonArray list(JsonObject json, String field) {
    return json.getValue(field) instanceof JsonArray list ? list : new JsonArray();
  }

  private static Step failure(JsonArray messages) {
    for (Object each : messages) {
      JsonArray message = (JsonArray) each;
      if ("execution_interrupted".equals(message.getValue(0))) {
        return new Step.Failed(Code.PROVIDER_FAILED, "the job was interrupted at the server", false, null, Charged.NO);
      }
      if ("execution_error".equals(message.getValue(0))) {
        JsonObject error = message.getJsonObject(1);
        String type = error.getString("exception_type", "");
        String text = "node " + error.getString("node_id") + " (" + error.getString("node_type") + "): " + error.getString("exception_message", type);
        return new Step.Failed(Code.PROVIDER_FAILED, text.substring(0, Math.min(600, text.length())).trim(), type.contains("OutOfMemoryError"), null,
            Charged.NO);
      }
    }
    return new Step.Failed(Code.PROVIDER_FAILED, "the job failed at the server, which gives no reason", false, null, Charged.NO);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
