package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.TaskId;
import dev.computeserver.task.TaskRequest;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Finds out whether providers could do what one request asks, before anything is sent: their processors map it. What is behind the
 * request's links is not there yet and stands in as empty files, so what is said about a file counts for nothing. Looking at one
 * provider's model costs no more than mapping what {@link Slim} leaves of a request; what that has cut is not held against it.
 */
public final class Fits {
  private static final Buffer NOTHING = Buffer.buffer(new byte[64]);
  private static final UUID NOBODY = TaskId.next();

  private final ProcessorRegistry registry;
  private final TaskRequest request;
  /** With links in the place of files that the client gave inline, which may be big; null where there is none. */
  private final Slim input;
  private final List<String> links;

  public Fits(ProcessorRegistry registry, TaskRequest request) {
    this.registry = registry;
    this.request = request;
    links = request.input() == null ? List.of()
        : request.input().fieldNames().stream().filter(field -> field.endsWith("_url") && request.input().getValue(field) instanceof String).toList();
    input = request.input() == null ? null : new Slim(withoutInline());
  }

  /**
   * Why a model of a provider would refuse the request, or empty where it would not or where that cannot be told.
   *
   * @param options the fields for this provider alone
   */
  public Optional<InvalidInput> refusal(ProviderType type, String model, JsonObject options) {
    ProviderProcessor processor = registry.of(type).orElse(null);
    if (processor == null || input == null) {
      return Optional.empty();
    }
    Slim own = new Slim(options);
    try {
      Optional<String> name = processor.lookUp(request.capability(), model).isEmpty() ? Optional.of(model)
          : processor.usualName(request.capability(), model);
      name.ifPresent(known -> processor.submit(submission(processor, known, own.json())));
      return Optional.empty();
    } catch (InvalidInput refused) {
      return Optional.of(refused).filter(each -> isCertain(each) && !isOfCut(each.pointer(), "/input/", input) && !isOfCut(each.pointer(), "/provider_options/", own));
    } catch (RuntimeException cannotTell) {
      return Optional.empty();
    }
  }

  /** What is said of a link that was given may be said of the empty file behind it, unless no file would do. */
  private boolean isCertain(InvalidInput refused) {
    return refused.whatever() || links.stream().noneMatch(field -> refused.pointer().equals("/input/" + field));
  }

  private static boolean isOfCut(String pointer, String place, Slim slim) {
    return pointer.startsWith(place) && slim.isCut(pointer.substring(place.length()).split("/", 2)[0]);
  }

  private Submission submission(ProviderProcessor processor, String model, JsonObject options) {
    JsonObject mapped = new JsonObject(new LinkedHashMap<>(input.json().getMap()));
    Map<String, InputFile> files = new HashMap<>();
    for (String field : links) {
      if (processor.inputForm(request.capability(), model, field, input.json()).kind() == InputForm.Kind.BYTES) {
        files.put(field, new InputFile(NOTHING, field.startsWith("audio") ? "audio/mpeg" : field.startsWith("video") ? "video/mp4" : "image/png"));
        mapped.remove(field);
      }
    }
    return new Submission(NOBODY, 1, request.capability(), model, mapped, options, null, files);
  }

  private JsonObject withoutInline() {
    JsonObject slim = InputUrls.plain(request.input());
    links.stream().filter(field -> slim.getString(field).startsWith("data:"))
        .forEach(field -> slim.put(field, "https://files.invalid/" + field));
    return slim;
  }
}
