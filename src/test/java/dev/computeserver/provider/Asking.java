package dev.computeserver.provider;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** Submissions and replies for the tests of single processors; {@code FILE} in an input is a fetched file. */
final class Asking {
  static final InputFile PNG = new InputFile(Buffer.buffer("png"), "image/png");
  static final InputFile WAV = new InputFile(Buffer.buffer("wav"), "audio/wav");

  private Asking() {
  }

  static Submission of(String capability, String model, String input) {
    return of(capability, model, input, "{}");
  }

  static Submission of(String capability, String model, String input, String options) {
    JsonObject fields = new JsonObject(input);
    Map<String, InputFile> files = new HashMap<>();
    for (String field : fields.copy().fieldNames()) {
      if ("FILE".equals(fields.getValue(field))) {
        files.put(field, field.equals("audio_url") ? WAV : PNG);
        fields.remove(field);
      }
    }
    return new Submission(UUID.randomUUID(), 1, Named.of(ProviderCapability.class, capability).orElseThrow(), model, fields,
        new JsonObject(options), null, files);
  }

  static Reply reply(int status, String body, String... headers) {
    MultiMap all = MultiMap.caseInsensitiveMultiMap();
    for (int i = 0; i < headers.length; i += 2) {
      all.add(headers[i], headers[i + 1]);
    }
    return new Reply(status, all, Buffer.buffer(body));
  }
}
