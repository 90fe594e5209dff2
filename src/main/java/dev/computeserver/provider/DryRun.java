package dev.computeserver.provider;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Maps a submission whose files are not there yet, so that what its provider cannot do is refused before a file is fetched or uploaded.
 * Something empty stands in for each file, and what is said about these counts for nothing.
 */
final class DryRun {
  private static final Buffer EMPTY = Buffer.buffer(new byte[64]);

  private DryRun() {
  }

  /** @throws InvalidInput where the provider would refuse it, whatever the files are */
  static void of(Submission submission, ProviderProcessor processor) {
    List<String> files = submission.input().fieldNames().stream().filter(field -> field.endsWith("_url")).toList();
    try {
      processor.submit(withoutFiles(submission, processor, files));
    } catch (InvalidInput refused) {
      if (refused.whatever() || files.stream().noneMatch(field -> refused.pointer().equals("/input/" + field))) {
        throw refused;
      }
    } catch (RuntimeException cannotTell) {
      // It may need the files themselves; the submit will show.
    }
  }

  private static Submission withoutFiles(Submission submission, ProviderProcessor processor, List<String> fields) {
    JsonObject input = new JsonObject(new LinkedHashMap<>(submission.input().getMap()));
    Map<String, InputFile> files = new HashMap<>();
    for (String field : fields) {
      String type = field.startsWith("audio") ? "audio/mpeg" : field.startsWith("video") ? "video/mp4" : "image/png";
      switch (processor.inputForm(submission.capability(), submission.model(), field, submission.input()).kind()) {
        case BYTES -> {
          files.put(field, new InputFile(EMPTY, type));
          input.remove(field);
        }
        case DATA_URI -> input.put(field, "data:" + type + ";base64,AAAA");
        default -> input.put(field, "https://files.invalid/" + field);
      }
    }
    return submission.with(input, files);
  }
}
