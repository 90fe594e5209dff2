package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.TaskId;
import dev.computeserver.task.TaskRequest;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Finds out whether providers could do what one request asks, before anything is sent: their processors map it. What is behind the
 * request's links is not there yet and stands in as empty files, so what is said about a file counts for nothing. Looking at one
 * provider's model costs no more than mapping {@value #MOST_LETTERS} letters; a bigger request is not looked at.
 */
public final class Fits {
  /** Of names; each value counts as one, and a long text, which is looked through at most, as one for so many of its letters. */
  private static final int MOST_LETTERS = 64 * 1024;
  private static final int LETTERS_AT_A_TIME = 64;
  private static final int MOST_LEVELS = 64;
  private static final Buffer NOTHING = Buffer.buffer(new byte[64]);
  private static final UUID NOBODY = TaskId.next();

  private final ProcessorRegistry registry;
  private final TaskRequest request;
  /** The input with links in the place of files that the client gave inline, which may be big; null where nothing can be told. */
  private final JsonObject input;
  private final List<String> links;

  public Fits(ProcessorRegistry registry, TaskRequest request) {
    this.registry = registry;
    this.request = request;
    links = request.input() == null ? List.of()
        : request.input().fieldNames().stream().filter(field -> field.endsWith("_url") && request.input().getValue(field) instanceof String).toList();
    JsonObject slim = request.input() == null ? null : withoutInline();
    input = slim != null && isSmall(slim) && isSmall(request.providerOptions()) ? slim : null;
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
    try {
      Optional<String> name = processor.lookUp(request.capability(), model).isEmpty() ? Optional.of(model)
          : processor.usualName(request.capability(), model);
      name.ifPresent(known -> processor.submit(submission(processor, known, options)));
      return Optional.empty();
    } catch (InvalidInput refused) {
      return Optional.of(refused).filter(this::isCertain);
    } catch (RuntimeException cannotTell) {
      return Optional.empty();
    }
  }

  /** What is said of a link that was given may be said of the empty file behind it, unless no file would do. */
  private boolean isCertain(InvalidInput refused) {
    return refused.whatever() || links.stream().noneMatch(field -> refused.pointer().equals("/input/" + field));
  }

  private Submission submission(ProviderProcessor processor, String model, JsonObject options) {
    JsonObject mapped = new JsonObject(new LinkedHashMap<>(input.getMap()));
    Map<String, InputFile> files = new HashMap<>();
    for (String field : links) {
      if (processor.inputForm(request.capability(), model, field, input).kind() == InputForm.Kind.BYTES) {
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

  /** Without recursion, which a client could make as deep as it likes. */
  private static boolean isSmall(JsonObject json) {
    Deque<Nested> open = new ArrayDeque<>(List.of(new Nested(json, 1)));
    long letters = 0;
    while (!open.isEmpty() && letters <= MOST_LETTERS) {
      Nested next = open.pop();
      if (next.level > MOST_LEVELS) {
        return false;
      }
      if (next.json instanceof JsonObject object) {
        for (Map.Entry<String, Object> field : object) {
          letters += 1 + field.getKey().length() + letters(field.getValue(), next.level, open);
        }
      } else {
        for (Object each : (JsonArray) next.json) {
          letters += 1 + letters(each, next.level, open);
        }
      }
    }
    return letters <= MOST_LETTERS;
  }

  private static int letters(Object value, int level, Deque<Nested> open) {
    if (value instanceof JsonObject || value instanceof JsonArray) {
      open.push(new Nested(value, level + 1));
      return 0;
    }
    return value instanceof CharSequence text ? 1 + text.length() / LETTERS_AT_A_TIME : 1;
  }

  private record Nested(Object json, int level) {
  }
}
