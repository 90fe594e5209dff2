package dev.computeserver.provider;

import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A refusal that came with a good status, as gateways and some servers send them: only the words in the body tell. */
final class HiddenRefusal {
  private static final List<String> ERRORS = List.of("error", "errors", "detail", "fault");
  private static final List<String> WORDS = List.of("code", "type", "status", "name", "error_code", "error_type", "reason");
  private static final List<String> NUMBERS = List.of("code", "status", "status_code", "statusCode", "http_status");
  /** How a job stands, which is another thing than a refusal. */
  private static final List<String> STATES = List.of("status", "state");
  /** A longer one is something else. */
  private static final int LONGEST = 64 * 1024;
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
    JsonObject json = empty && reply.body().length() <= LONGEST ? reply.jsonOrEmpty() : new JsonObject();
    if (STATES.stream().map(field -> Json.text(json, field, "error")).anyMatch(state -> !state.equals("error"))) {
      return Optional.empty();
    }
    Stream<Object> errors = Stream.concat(ERRORS.stream().flatMap(field -> Json.entries(json, field).stream()), Stream.of(json));
    return errors.map(HiddenRefusal::status).filter(Objects::nonNull).findFirst().map(reply::meaning);
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
