package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Reads the history of a job that has ended. Nothing is ever charged for one. */
final class ComfyResult {
  private static final List<String> FILE_KEYS = List.of("images", "audio", "3d", "gifs", "video", "videos");

  private ComfyResult() {
  }

  static Step of(JsonObject entry) {
    JsonObject status = Json.object(entry, "status");
    if (!Words.of(Json.text(status, "status_str", "success")).equals("success") || Words.isFalse(status.getValue("completed"))) {
      return failure(Json.array(status, "messages"));
    }
    JsonObject outputs = Json.object(entry, "outputs");
    List<Media> media = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    outputs.fieldNames().stream().filter(node -> outputs.getValue(node) instanceof JsonObject)
        .sorted(Comparator.comparing((String node) -> node.matches("\\d{1,9}") ? Integer.parseInt(node) : Integer.MAX_VALUE)
            .thenComparing(node -> node))
        .map(outputs::getJsonObject).forEach(output -> {
          for (String key : FILE_KEYS) {
            Json.objects(output, key).stream().filter(file -> Words.of(Json.text(file, "type", "output")).equals("output")).map(ComfyResult::file).forEach(media::add);
          }
          Json.entries(output, "text").forEach(line -> texts.add(String.valueOf(line)));
        });
    if (media.isEmpty() && texts.isEmpty()) {
      return Step.Failed.empty("the workflow ended without a file or a text; it needs a node that saves what it makes", null, Charged.NO);
    }
    return new Step.Done(media, texts.isEmpty() ? null : new JsonObject().put("text", String.join("\n", texts)));
  }

  private static Media file(JsonObject item) {
    String name = Json.text(item, "filename", "");
    String folder = Json.text(item, "subfolder", "");
    return name.isEmpty() ? Media.missing("the server names no file")
        : Media.atAuthorized("/view?filename=" + Json.encoded(name) + "&subfolder=" + Json.encoded(folder) + "&type=output", null);
  }

  private static Step failure(JsonArray messages) {
    for (Object each : messages) {
      JsonArray message = each instanceof JsonArray parts && !parts.isEmpty() ? parts : JsonArray.of("");
      if ("execution_interrupted".equals(message.getValue(0))) {
        return new Step.Failed(Code.PROVIDER_FAILED, "the job was cancelled: it was interrupted at the server", false, null, Charged.NO);
      }
      if ("execution_error".equals(message.getValue(0))) {
        return error(message.size() > 1 && message.getValue(1) instanceof JsonObject error ? error : new JsonObject());
      }
    }
    return new Step.Failed(Code.PROVIDER_FAILED, "the job failed at the server, which gives no reason", false, null, Charged.NO);
  }

  private static Step error(JsonObject error) {
    String type = Json.text(error, "exception_type", "");
    String text = "node " + error.getValue("node_id") + " (" + error.getValue("node_type") + "): " + Json.text(error, "exception_message", type);
    return new Step.Failed(Code.PROVIDER_FAILED, text.substring(0, Math.min(600, text.length())).trim(), type.contains("OutOfMemoryError"), null,
        Charged.NO);
  }
}
