package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.TaskId;
import dev.computeserver.task.TaskRequest;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Finds out whether a provider could do what a request asks, before anything is sent: its processor maps the request. What is
 * behind the request's links is not there yet and stands in as empty files, so what is said about a link counts for nothing.
 */
public final class Fits {
  /** Mapping a bigger request costs more than a task that fails now and then. */
  private static final int MOST_LETTERS = 64 * 1024;
  private static final Buffer NOTHING = Buffer.buffer(new byte[64]);

  private final ProcessorRegistry registry;

  public Fits(ProcessorRegistry registry) {
    this.registry = registry;
  }

  /** Why the provider would refuse the request, or empty where it would not or that cannot be told. */
  public Optional<String> refusal(TaskRequest request, ProviderType type, String model) {
    ProviderProcessor processor = registry.of(type).orElse(null);
    if (processor == null || request.input() == null) {
      return Optional.empty();
    }
    JsonObject input = withoutInline(request.input());
    if (letters(input) + letters(request.providerOptions()) > MOST_LETTERS) {
      return Optional.empty();
    }
    try {
      Optional<String> name = processor.lookUp(request.capability(), model).isEmpty() ? Optional.of(model)
          : processor.usualName(request.capability(), model);
      name.ifPresent(known -> processor.submit(submission(request, input, processor, known)));
      return Optional.empty();
    } catch (InvalidInput refused) {
      return Optional.of(refused.getMessage()).filter(why -> links(request.input()).noneMatch(field -> why.contains("input." + field)));
    } catch (RuntimeException cannotTell) {
      return Optional.empty();
    }
  }

  private static Submission submission(TaskRequest request, JsonObject input, ProviderProcessor processor, String model) {
    Map<String, InputFile> files = new HashMap<>();
    List<String> asBytes = links(input).filter(field ->
        processor.inputForm(request.capability(), model, field, input).kind() == InputForm.Kind.BYTES).toList();
    asBytes.forEach(field -> {
      files.put(field, new InputFile(NOTHING, field.startsWith("audio") ? "audio/mpeg" : field.startsWith("video") ? "video/mp4" : "image/png"));
      input.remove(field);
    });
    UUID nobody = TaskId.next();
    return new Submission(nobody, 1, request.capability(), model, input, request.providerOptions(), null, files);
  }

  /** A copy with a link in the place of each file that the client gave inline, which may be big. */
  private static JsonObject withoutInline(JsonObject input) {
    JsonObject slim = new JsonObject(new LinkedHashMap<>(input.getMap()));
    links(input).filter(field -> input.getString(field).startsWith("data:")).forEach(field -> slim.put(field, "https://files.invalid/" + field));
    return slim;
  }

  private static Stream<String> links(JsonObject input) {
    return List.copyOf(input.fieldNames()).stream().filter(field -> field.endsWith("_url") && input.getValue(field) instanceof String);
  }

  private static long letters(Object value) {
    if (value instanceof JsonObject object) {
      return object.stream().mapToLong(field -> letters(field.getValue())).sum();
    }
    if (value instanceof JsonArray array) {
      return array.stream().mapToLong(Fits::letters).sum();
    }
    return value instanceof String text ? text.length() : 1;
  }
}
