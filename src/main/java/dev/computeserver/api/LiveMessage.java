package dev.computeserver.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.EventLog;
import dev.computeserver.task.TaskId;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * What a client of {@code /v1/live} asks for.
 *
 * @param key what names the subscription
 * @param wanted the events, or null where it is to end
 * @param since the id of the last event that the client knows, or null
 */
record LiveMessage(JsonObject key, EventLog.Wanted wanted, String since) {
  static final int MOST_TASKS = 1_000;

  private static final String BEGIN = "subscribe";
  private static final String END = "unsubscribe";
  private static final String SINCE = "since";

  /** Reads it, on whatever thread; throws {@link NotUtf8}, or a {@link Problem} that says why it cannot be served. */
  static LiveMessage of(Buffer whole) {
    JsonObject message = object(whole);
    boolean begins = message.containsKey(BEGIN);
    String word = begins ? BEGIN : END;
    if (!(message.getValue(word) instanceof JsonObject key)) {
      throw refusal("send {\"subscribe\":{…}} or {\"unsubscribe\":{…}}");
    }
    known(message, "", List.of(word, SINCE));
    known(key, word + ".", List.of("task_ids", "capability", "provider", SINCE));
    String since = text(key, word + ".", SINCE);
    key.remove(SINCE);
    EventLog.Wanted wanted = wanted(key, word + ".");
    return new LiveMessage(key, begins ? wanted : null, since == null ? text(message, "", SINCE) : since);
  }

  private static JsonObject object(Buffer whole) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(whole.getBytes()));
    } catch (CharacterCodingException malformed) {
      throw new NotUtf8(malformed);
    }
    RequestFaults faults = new RequestFaults();
    JsonNode message;
    try {
      message = ExactJson.read(whole, faults).value();
      faults.refuse();
    } catch (Problem unreadable) {
      throw refusal(unreadable.getMessage().replace("the body", "the message"));
    }
    return ExactJson.plain(message, true) instanceof JsonObject object ? object : new JsonObject();
  }

  private static void known(JsonObject given, String place, List<String> names) {
    for (String name : given.fieldNames()) {
      if (!names.contains(name)) {
        throw refusal(place + RequestFaults.shortened(name) + " is unknown here; known are " + String.join(", ", names));
      }
    }
  }

  private static EventLog.Wanted wanted(JsonObject key, String place) {
    Set<UUID> tasks = new HashSet<>();
    if (key.containsKey("task_ids")) {
      if (!(key.getValue("task_ids") instanceof JsonArray ids) || ids.isEmpty() || ids.size() > MOST_TASKS) {
        throw refusal(place + "task_ids must name 1 to " + MOST_TASKS + " tasks");
      }
      for (Object id : ids) {
        tasks.add(TaskId.parse(String.valueOf(id)).orElseThrow(() -> refusal(place + "task_ids holds what is no task id")));
      }
    }
    return new EventLog.Wanted(TaskRoutes.TENANT, tasks, named(ProviderCapability.class, key, place, "capability"),
        named(ProviderType.class, key, place, "provider"));
  }

  private static <E extends Enum<E> & Named> E named(Class<E> type, JsonObject key, String place, String name) {
    String word = text(key, place, name);
    return word == null ? null
        : Named.of(type, word).orElseThrow(() -> refusal(place + name + " is unknown: " + RequestFaults.shortened(word)));
  }

  private static String text(JsonObject object, String place, String name) {
    Object value = object.getValue(name);
    if (object.containsKey(name) && !(value instanceof String)) {
      throw refusal(place + name + " must be a text; leave it out for none");
    }
    return (String) value;
  }

  private static Problem refusal(String why) {
    return Problem.of(422, "Invalid", why);
  }

  /** It is no text. */
  static final class NotUtf8 extends RuntimeException {
    NotUtf8(CharacterCodingException cause) {
      super(cause);
    }
  }
}
