package dev.computeserver.provider;

import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A refusal that came with a good status, as gateways and some servers send them: only the words in the body tell. */
final class HiddenRefusal {
  private static final List<String> ERRORS = List.of("error", "errors", "detail", "details", "fault");
  private static final List<String> WORDS = List.of("code", "type", "status", "name", "error_code", "errorcode", "error_type", "errortype", "reason");
  private static final List<String> NUMBERS = List.of("code", "status", "status_code", "statuscode", "http_status", "httpstatus", "error_code", "errorcode");
  /** How a job stands, which is another thing than a refusal. */
  private static final List<String> STATES = List.of("status", "state");
  /** What stands in a state's place and is none. */
  private static final Set<String> NO_STATES = Set.of("", "error", "errors", "err");
  /** A longer one is something else. */
  private static final int LONGEST = 64 * 1024;
  private static final int MOST_LEVELS = 6;
  /** The status that words usually come with; those of an account before those of the moment, since a quota is told as a limit, too. */
  private static final Map<Pattern, Integer> STATUSES = new LinkedHashMap<>();

  static {
    put("insufficient_|quota_?exceeded|credit_balance|billing", 402);
    put("(invalid|missing|incorrect|expired)[ _-]?(api|auth)[ _-]?(key|token)|api[ _-]?key[ _-]?(invalid|expired|not valid)|authentication|unauthenticated|unauthori[sz]ed", 401);
    put("permission|forbidden|access[ _-]?denied", 403);
    put("rate[ _-]?limit|resource[ _-]?exhausted|too[ _-]?many[ _-]?(concurrent[ _-]?)?requests|throttl|concurrent_(requests?_)?limit", 429);
    put("is (currently |still )?loading|overloaded|unavailable|slow_down|system_busy|no_capacity|at capacity", 503);
    put("content_policy|policy_violation|moderat|content_filter|invalid[ _-]?(request|argument|param|input|prompt)|validation_error|bad_request", 400);
  }

  private HiddenRefusal() {
  }

  private static void put(String words, int status) {
    STATUSES.put(Pattern.compile("(?i)" + words), status);
  }

  /**
   * The reply as if it had come with the status that its words mean; empty where it tells how a job stands, or no refusal that is known.
   *
   * @param step what was read in it, or null
   */
  static Optional<Reply> in(Reply reply, Step step) {
    boolean empty = reply.ok() && (step == null || step instanceof Step.Failed failed && failed.code() == Code.PROVIDER_FAILED);
    List<Optional<Integer>> told = empty && reply.body().length() <= LONGEST ? objects(reply).stream().map(json -> status(json, step)).toList() : List.of();
    // Of several all are errors where nothing was begun.
    return told.stream().allMatch(Optional::isPresent) ? told.stream().findFirst().flatMap(first -> first).map(reply::meaning) : Optional.empty();
  }

  private static List<JsonObject> objects(Reply reply) {
    try {
      return reply.objects().stream().map(json -> (JsonObject) lowered(json, 0)).toList();
    } catch (DecodeException notJson) {
      return List.of();
    }
  }

  /** With its fields' names in lower case, as others write them: {@code Error}, {@code errorCode}. */
  private static Object lowered(Object value, int level) {
    if (value instanceof JsonArray list && level < MOST_LEVELS) {
      return new JsonArray(list.stream().map(each -> lowered(each, level + 1)).toList());
    }
    if (!(value instanceof JsonObject object) || level >= MOST_LEVELS) {
      return value;
    }
    JsonObject plain = new JsonObject();
    object.forEach(field -> plain.put(Words.of(field.getKey()), lowered(field.getValue(), level + 1)));
    return plain;
  }

  private static Optional<Integer> status(JsonObject json, Step step) {
    return tellsOfJob(json, step) ? Optional.empty() : errors(json).map(HiddenRefusal::status).filter(Objects::nonNull).findFirst();
  }

  /** Some jobs end in a state of the name of an error. */
  private static boolean tellsOfJob(JsonObject json, Step step) {
    List<String> states = STATES.stream().map(field -> Words.of(json.getValue(field))).toList();
    return !NO_STATES.containsAll(states) || step instanceof Step.Failed && Ids.in(json, "id") != null && states.stream().anyMatch(state -> !state.isEmpty());
  }

  /** What may tell it: the errors in the document, its state where that is no word, and the document itself. */
  private static Stream<?> errors(JsonObject json) {
    Stream<?> told = Stream.concat(ERRORS.stream(), STATES.stream().filter(field -> !(json.getValue(field) instanceof String)))
        .flatMap(field -> Json.entries(json, field).stream()).flatMap(each -> each instanceof JsonArray list ? list.stream() : Stream.of(each));
    return Stream.concat(told.filter(Objects::nonNull), Stream.of(json));
  }

  private static Integer status(Object error) {
    if (!(error instanceof JsonObject told)) {
      return error instanceof String text ? byWords(text) : null;
    }
    Integer number = NUMBERS.stream().map(field -> Json.whole(told, field)).filter(each -> each != null && each >= 400 && each < 600).findFirst().orElse(null);
    Integer word = byWords(WORDS.stream().map(field -> Json.text(told, field)).filter(Objects::nonNull).collect(Collectors.joining(" ")));
    return number != null ? number : word != null ? word : byMessage(ErrorWords.in(told));
  }

  /** Of a message, which may be about anything, only what is said of the account, the key or the moment counts. */
  private static Integer byMessage(String message) {
    Integer status = byWords(message);
    return status == null || status == 400 || status == 403 ? null : status;
  }

  private static Integer byWords(String words) {
    if (AccountWords.tellEmpty(words)) {
      return 402;
    }
    String start = words.substring(0, Math.min(words.length(), 300));
    return STATUSES.entrySet().stream().filter(each -> each.getKey().matcher(start).find()).map(Map.Entry::getValue).findFirst().orElse(null);
  }
}
