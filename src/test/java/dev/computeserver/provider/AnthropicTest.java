package dev.computeserver.provider;

import static dev.computeserver.provider.Spoken.file;
import static dev.computeserver.provider.Spoken.reply;
import static dev.computeserver.provider.Spoken.submission;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class AnthropicTest {
  private static final String MODEL = "claude-sonnet-5-5";

  private final Anthropic anthropic = new Anthropic();

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{\"prompt\":\"p\"}|2026-10-21|{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":8192,\"messages\":[{\"role\":\"user\",\"content\":\"p\"}]}",
      "{\"prompt\":\"p\",\"temperature\":0.5,\"max_tokens\":9}|2023-06-01|{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"p\"}],\"temperature\":0.5}",
      "{\"prompt\":\"p\",\"max_tokens\":20000}|2026-10-21|{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":20000,\"messages\":[{\"role\":\"user\",\"content\":\"p\"}],\"stream\":true}",
      "{\"system\":\"a\",\"messages\":[{\"role\":\"system\",\"content\":\"b\"},{\"role\":\"user\",\"content\":\"p\"}]}|2026-10-21|{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":8192,\"system\":\"a\\n\\nb\",\"messages\":[{\"role\":\"user\",\"content\":\"p\"}]}"})
  void putsATextTaskIntoAMessage(String input, String version, String body) {
    Exchange exchange = anthropic.submit(submission("text_generation", MODEL, input));
    assertEquals("/v1/messages", exchange.target());
    assertEquals(version, exchange.headers().get("anthropic-version"));
    assertEquals(new JsonObject(body), exchange.body().toJsonObject());
  }

  @Test
  void putsThePictureBeforeTheQuestion() {
    JsonObject input = new JsonObject("{\"prompt\":\"p\",\"max_tokens\":5}");
    Submission task = submission("image_understanding", MODEL, "{}").with(input, Map.of("image_url", file("image/png", 3)));
    JsonArray content = anthropic.submit(task).body().toJsonObject().getJsonArray("messages").getJsonObject(0).getJsonArray("content");
    assertEquals(new JsonObject("{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"AAAA\"}}"), content.getJsonObject(0));
    assertEquals("p", content.getJsonObject(1).getString("text"));
    assertThrows(InvalidInput.class, () -> anthropic.submit(task.with(input, Map.of("image_url", file("image/bmp", 3)))));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{\"prompt\":\"p\",\"temperature\":1.2}|input.temperature", "{\"messages\":[{\"role\":\"system\",\"content\":\"b\"}]}|input.messages"})
  void refusesBeforeItIsPaidWhatItCannotDo(String input, String field) {
    InvalidInput refused = assertThrows(InvalidInput.class, () -> anthropic.submit(submission("text_generation", MODEL, input)));
    assertTrue(refused.getMessage().startsWith(field), refused.getMessage());
    assertEquals("/" + field.split(" ")[0].replace('.', '/'), refused.pointer());
  }

  private Step answer(String body) {
    return anthropic.submit(submission("text_generation", MODEL, "{\"prompt\":\"p\"}")).reader().apply(reply(200, body));
  }

  @Test
  void readsAStreamToTheSameMessage() {
    String events = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":3}}}\n\n"
        + "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"Hel\"}}\n\n"
        + "event: ping\ndata: {\"type\":\"ping\"}\n\nevent: new_thing\ndata: {\"type\":\"new_thing\"}\n\n"
        + "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"lo\"}}\n\n"
        + "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}}\n\n"
        + "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":5}}\n\n";
    Step.Done done = assertInstanceOf(Step.Done.class, answer(events + "data: {\"type\":\"message_stop\"}\n\n"));
    assertEquals(new JsonObject("{\"text\":\"Hello\",\"finish_reason\":\"end_turn\",\"usage\":{\"input_tokens\":3,\"output_tokens\":5}}"), done.result());
    assertThrows(MissingField.class, () -> answer(events.substring(0, events.indexOf("data: {\"type\":\"message_delta\""))), "a stream that breaks off is no answer");
    Step.Failed failed = assertInstanceOf(Step.Failed.class,
        answer(events + "data: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n"));
    assertEquals(Code.PROVIDER_UNAVAILABLE, failed.code());
    assertTrue(failed.retryable());
    assertEquals(Charged.UNKNOWN, failed.charged());
  }

  private static final String START = "data: {\"type\":\"message_start\",\"message\":{\"usage\":{}}}\n\n";
  private static final String HI = "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"hi\"}}\n\n";
  private static final String END = "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n";
  private static final String STOP = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

  static List<String> streamsOfHi() {
    String plain = START + HI + END + STOP;
    return List.of(plain, plain + "data: [DONE]\n\n", "retry: 3000\n\n" + plain, "id: 1\n" + plain, "\uFEFF" + plain, "\n\n" + plain, ": hello\n\n" + plain,
        "data:\n\n" + plain, START + "event: ping\ndata: ping\n\n" + HI + "data: null\n\ndata: 7\n\n" + END + STOP, plain.replace("\n", "\r\n"),
        plain.replace("\n", "\r"), plain.replace("\n\n", "\n"), START + HI.replace(",\"delta\"", "\ndata: ,\"delta\"") + END + STOP, START + HI + END,
        plain.replace("data: ", "data:"), plain.replace("\n\ndata", "\nid: 7\n\ndata"));
  }

  @ParameterizedTest
  @MethodSource("streamsOfHi")
  void anOddLineCostsAStreamNothing(String stream) {
    JsonObject result = assertInstanceOf(Step.Done.class, answer(stream)).result();
    assertEquals("hi", result.getString("text"));
    assertEquals("end_turn", result.getString("finish_reason"));
  }

  @Test
  void aStreamWithAnEventThatBreaksOffIsNoAnswer() {
    assertThrows(DecodeException.class, () -> answer(START + HI.replace("hi\"}}", "hi") + END + STOP));
  }

  @Test
  void aToolCallThatIsCutIsToldAsItCame() {
    String call = "data: {\"type\":\"content_block_start\",\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}}\n\n"
        + "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"city\\\": \\\"Par\"}}\n\n";
    for (String stop : List.of("data: {\"type\":\"content_block_stop\"}\n\n", "")) {
      JsonObject result = assertInstanceOf(Step.Done.class, answer(START + HI + call + stop + END.replace("end_turn", "max_tokens") + STOP)).result();
      assertEquals("hi", result.getString("text"));
      assertEquals("max_tokens", result.getString("finish_reason"));
      assertEquals("{\"city\": \"Par", result.getJsonArray("tool_calls").getJsonObject(0).getString("partial_input"));
    }
  }

  @Test
  void tellsRefusalsAndAnswersWithoutText() {
    assertEquals(Code.CONTENT_REFUSED, assertInstanceOf(Step.Failed.class,
        answer("{\"content\":[{\"type\":\"text\",\"text\":\"part\"}],\"stop_reason\":\"refusal\",\"stop_details\":{\"category\":\"bio\",\"explanation\":null}}")).code());
    assertEquals(Code.INVALID_INPUT, assertInstanceOf(Step.Failed.class, answer("{\"content\":[],\"stop_reason\":\"max_tokens\"}")).code());
  }

  @Test
  void anAnswerWithoutTextIsNoneUnlessItCallsATool() {
    assertEquals(Code.PROVIDER_FAILED, assertInstanceOf(Step.Failed.class, answer("{\"stop_reason\":\"end_turn\"}")).code());
    assertEquals(Code.PROVIDER_FAILED, assertInstanceOf(Step.Failed.class, answer("{\"content\":[],\"stop_reason\":\"end_turn\"}")).code());
    String call = "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{\"a\":1}}";
    JsonObject whole = assertInstanceOf(Step.Done.class, answer("{\"content\":[" + call + "],\"stop_reason\":\"tool_use\"}")).result();
    assertEquals(new JsonArray("[" + call + "]"), whole.getJsonArray("tool_calls"));
    JsonObject streamed = assertInstanceOf(Step.Done.class, answer("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"content_block\":"
        + call.replace("\"a\":1", "") + "}\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\\\":\"}}\n"
        + "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"1}\"}}\ndata: {\"type\":\"content_block_stop\"}\n"
        + "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}\ndata: {\"type\":\"message_stop\"}\n")).result();
    assertEquals(whole.getJsonArray("tool_calls"), streamed.getJsonArray("tool_calls"));
  }

  @Test
  void tellsAnEmptyAccountAndHowLongToWait() {
    String spent = "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"You have reached your specified API usage limits.\"}}";
    assertEquals(Code.PROVIDER_QUOTA, anthropic.refused(reply(400, spent)).code());
    assertEquals("1.5", anthropic.retryAfter(reply(429, "{}", "retry-after", "9", "retry-after-ms", "1500")));
    assertEquals("9", anthropic.retryAfter(reply(429, "{}", "retry-after", "9")));
    assertEquals("42", anthropic.retryAfter(reply(429, "{}", "Date", "Mon, 30 Nov 2026 12:00:00 GMT", "anthropic-ratelimit-requests-remaining", "0",
        "anthropic-ratelimit-requests-reset", "2026-11-30T12:00:42Z")));
  }

  private static Submission inBatch() {
    Submission plain = submission("text_generation", MODEL, "{\"prompt\":\"p\",\"max_tokens\":5}");
    return new Submission(plain.taskId(), 1, plain.capability(), MODEL, plain.input(), new JsonObject().put("batch", true), null, Map.of());
  }

  @Test
  void aBatchOfOneIsWatchedAndItsResultIsFoundByOurId() {
    Submission task = inBatch();
    String ours = task.jobId().toString();
    Exchange submit = anthropic.submit(task);
    assertEquals("/v1/messages/batches", submit.target());
    assertEquals(new JsonObject("{\"requests\":[{\"custom_id\":\"" + ours + "\",\"params\":{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":5,"
        + "\"messages\":[{\"role\":\"user\",\"content\":\"p\"}]}}]}"), submit.body().toJsonObject());
    Job job = assertInstanceOf(Step.Waiting.class, submit.reader().apply(reply(200, "{\"id\":\"b1\",\"processing_status\":\"in_progress\"}"))).job();
    Exchange check = anthropic.check(job);
    assertEquals("/v1/messages/batches/b1", check.target());
    assertEquals("2026-10-21", check.headers().get("anthropic-version"));
    assertEquals("/v1/messages/batches/b1/cancel", anthropic.cancel(job).orElseThrow().target());
    Step.Then then = assertInstanceOf(Step.Then.class, check.reader().apply(reply(200,
        "{\"id\":\"b1\",\"processing_status\":\"ended\",\"results_url\":\"https://elsewhere.example/x\"}")));
    assertEquals("/v1/messages/batches/b1/results", then.exchange().target());
    String other = "{\"custom_id\":\"x\",\"result\":{\"type\":\"expired\"}}\n";
    Step.Done done = assertInstanceOf(Step.Done.class, then.exchange().reader().apply(reply(200, other + "{\"custom_id\":\"" + ours
        + "\",\"result\":{\"type\":\"succeeded\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"hi\"}],\"stop_reason\":\"end_turn\"}}}\n")));
    assertEquals("hi", done.result().getString("text"));
    Job found = new Job("b1", job.data().copy().put("unsure", true));
    Step.Then ofFound = assertInstanceOf(Step.Then.class, anthropic.check(found).reader().apply(reply(200, "{\"processing_status\":\"ended\"}")));
    assertEquals(Code.SUBMISSION_UNKNOWN, assertInstanceOf(Step.Failed.class, ofFound.exchange().reader().apply(reply(200, other))).code());
    for (Exchange results : List.of(then.exchange(), ofFound.exchange())) {
      assertTrue(assertInstanceOf(Step.Failed.class, results.reader().apply(reply(200, ""))).empty(), "results that are late are asked for again");
    }
    assertTrue(assertInstanceOf(Step.Failed.class, then.exchange().reader().apply(reply(200, other))).empty(), "a batch of ours holds our message");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"{\"type\":\"expired\"}|PROVIDER_TIMEOUT|true", "{\"type\":\"canceled\"}|PROVIDER_FAILED|false",
      "{\"type\":\"errored\",\"error\":{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"x\"}}}|INVALID_INPUT|false",
      "{\"type\":\"errored\",\"error\":{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"x\"}}}|PROVIDER_FAILED|true"})
  void whatDidNotSucceedInABatchIsNotCharged(String result, Code code, boolean retryable) {
    Step.Failed failed = assertInstanceOf(Step.Failed.class,
        AnthropicResult.ofBatch(reply(200, "{\"custom_id\":\"o\",\"result\":" + result + "}"), "o"));
    assertEquals(code, failed.code());
    assertEquals(retryable, failed.retryable());
    assertEquals(Charged.NO, failed.charged());
  }

  @Test
  void aLostBatchIsTheOnlyOneOfItsTimeAndIsNotCancelledWhileItMayBeAnothers() {
    Instant sent = Instant.parse("2026-11-22T21:00:00Z");
    Exchange find = anthropic.find(inBatch(), sent).orElseThrow();
    String batch = "{\"id\":\"ID\",\"created_at\":\"AT\",\"request_counts\":{\"processing\":1,\"succeeded\":0}}";
    String ours = batch.replace("ID", "b1").replace("AT", "2026-11-22T21:00:01Z");
    String older = batch.replace("ID", "b0").replace("AT", "2026-11-22T20:00:01Z");
    Step.Found found = assertInstanceOf(Step.Found.class, find.reader().apply(reply(200, "{\"data\":[" + ours + "," + older + "]}")));
    Job job = found.jobs().get(0);
    assertTrue(found.onlyIfSole());
    assertEquals("b1", job.externalId());
    assertEquals(Optional.empty(), anthropic.cancel(job));
    assertEquals(2, assertInstanceOf(Step.Found.class, find.reader().apply(reply(200, "{\"data\":[" + ours + "," + ours + "]}"))).jobs().size());
    assertInstanceOf(Step.NotFound.class, find.reader().apply(reply(200, "{\"data\":[" + older + "]}")));
    assertEquals(Optional.empty(), anthropic.find(submission("text_generation", MODEL, "{\"prompt\":\"p\"}"), sent));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{\"content\":[{\"type\":\"text\",\"text\":\"a\"},null,7,{\"type\":\"text\",\"text\":null},{\"type\":\"thinking\",\"thinking\":\"x\"}],\"stop_reason\":null,\"usage\":7}|done {\"text\":\"a\"}",
      "{\"content\":null,\"stop_reason\":\"end_turn\"}|provider_failed yes",
      "{\"content\":[],\"stop_reason\":[\"x\"]}|provider_failed yes",
      "{\"content\":\"hi\"}|done {\"text\":\"hi\"}", "{\"content\":[{\"text\":\"hi\"}]}|done {\"text\":\"hi\"}",
      "{}|provider_failed yes",
      "{\"content\":[],\"stop_reason\":\"refusal\",\"stop_details\":null}|content_refused unknown",
      "[]|unreadable"})
  void anOddAnswerIsReadForWhatIsNeeded(String body, String wanted) {
    assertEquals(wanted, Told.by(anthropic.submit(submission("text_generation", MODEL, "{\"prompt\":\"p\"}")), reply(200, body)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{\"type\":\"succeeded\",\"message\":null}|provider_failed yes",
      "{\"type\":\"succeeded\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"a\"}],\"usage\":null}}|done {\"text\":\"a\"}",
      "{\"type\":\"errored\",\"error\":null}|provider_failed no",
      "{\"type\":\"errored\",\"error\":{\"error\":{\"type\":7,\"message\":null}}}|provider_failed no",
      "{\"type\":\"vanished\"}|provider_failed unknown",
      "{\"type\":null}|unreadable"})
  void anOddLineOfABatchIsReadForWhatIsNeeded(String result, String wanted) {
    Exchange results = Exchange.get("/", reply -> AnthropicResult.ofBatch(reply, "ours"));
    String lines = "no json\n{\"custom_id\":\"other\",\"result\":7}\n{\"custom_id\":\"ours\",\"result\":" + result + "}\n";
    assertEquals(wanted, Told.by(results, reply(200, lines)));
    assertEquals(wanted, Told.by(results, reply(200, "{\"custom_id\":\"ours" + lines)), "a broken line is nobody's");
    String overLines = new JsonObject("{\"custom_id\":\"ours\",\"result\":" + result + "}").encodePrettily();
    assertEquals(wanted, Told.by(results, reply(200, "{\n  \"custom_id\": \"other\"\n}\n" + overLines + "\n")));
  }

  @Test
  void aBatchIsWatchedWhateverElseItTells() {
    Exchange submit = anthropic.submit(inBatch());
    assertEquals("waiting", Told.by(submit, reply(200, "{\"id\":\"b1\",\"processing_status\":null,\"request_counts\":7}")));
    assertEquals("waiting", Told.by(submit, reply(200, "{\"id\":\"b1\",\"processing_status\":\"ended\"}")));
    assertEquals("unreadable", Told.by(submit, reply(200, "{\"id\":[7]}")));
    Exchange check = anthropic.check(((Step.Waiting) submit.reader().apply(reply(200, "{\"id\":\"b1\"}"))).job());
    assertTrue(check.statusOnly() && submit.statusOnly());
    assertEquals("waiting", Told.by(check, reply(200, "{\"processing_status\":\"resting\"}")));
    assertEquals("unreadable", Told.by(check, reply(200, "{\"processing_status\":null}")));
  }

  @Test
  void anOddEntryInTheListHidesNoBatch() {
    Exchange find = anthropic.find(inBatch(), Instant.parse("2026-11-22T21:00:00Z")).orElseThrow();
    String ours = "{\"id\":\"b1\",\"created_at\":\"2026-11-22T21:00:01Z\",\"request_counts\":{\"processing\":1,\"succeeded\":\"0\",\"odd\":null}}";
    String list = "{\"data\":[null,{},{\"id\":\"x\",\"created_at\":\"soon\"},{\"id\":7,\"created_at\":\"2026-11-22T21:00:01Z\"},"
        + "{\"id\":\"y\",\"created_at\":\"2026-11-22T21:00:01Z\",\"request_counts\":[]}," + ours + "]}";
    assertEquals("b1", assertInstanceOf(Step.Found.class, find.reader().apply(reply(200, list))).jobs().get(0).externalId());
    assertEquals("unreadable", Told.by(find, reply(200, "{\"data\":null}")));
  }

  @Test
  void anOverloadToldAfterTheStatusIsFreeBeforeTheMessageBegins() {
    String error = "data: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":null}}\n\n";
    Exchange submit = anthropic.submit(submission("text_generation", MODEL, "{\"prompt\":\"p\"}"));
    assertEquals("provider_unavailable no again", Told.by(submit, reply(200, error)));
    assertEquals("provider_unavailable unknown again", Told.by(submit, reply(200, "data: {\"type\":\"message_start\",\"message\":null}\n\n" + error)));
    assertEquals("unreadable", Told.by(submit, reply(200, "data: {\"type\":\n\n")));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "500|{\"error\":{\"type\":\"api_error\"}}|true|false", "503|{\"error\":{\"type\":\"api_error\"}}|true|false",
      "504|{\"error\":{\"type\":\"timeout_error\"}}|true|false", "503|{\"error\":{\"type\":\"overloaded_error\"}}|true|true", "529|busy|true|true",
      "500|{\"error\":\"x\"}|false|false", "502|<html>|false|false", "408|{}|false|false", "429|{}|true|true"})
  void knowsFromTheProvidersWordsThatNothingWasBegun(int status, String body, boolean message, boolean batch) {
    Reply reply = reply(status, body);
    assertEquals(message, anthropic.tookNothing(anthropic.submit(submission("text_generation", MODEL, "{\"prompt\":\"p\"}")), reply));
    assertEquals(batch, anthropic.tookNothing(anthropic.submit(inBatch()), reply), "a batch may run on");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "400|invalid_request_error||INVALID_INPUT|false", "401|authentication_error||PROVIDER_AUTH|false", "402|billing_error||PROVIDER_QUOTA|false",
      "403|permission_error||PROVIDER_AUTH|false", "404|not_found_error||INVALID_INPUT|false", "409|conflict_error||PROVIDER_FAILED|true",
      "413|request_too_large||INVALID_INPUT|false", "429|rate_limit_error||PROVIDER_RATE_LIMITED|true",
      "429|rate_limit_error|enforced_spend_limit_reached|PROVIDER_QUOTA|false", "500|api_error||PROVIDER_UNAVAILABLE|true",
      "504|timeout_error||PROVIDER_TIMEOUT|true", "529|overloaded_error||PROVIDER_UNAVAILABLE|true"})
  void readsErrors(int status, String type, String detail, Code code, boolean retryable) {
    String details = detail == null ? "" : ",\"details\":{\"error_code\":\"" + detail + "\"}";
    Reply reply = reply(status, "{\"type\":\"error\",\"error\":{\"type\":\"" + type + "\",\"message\":\"m\"" + details + "}}");
    Step.Failed failed = anthropic.refused(reply);
    assertEquals(code, failed.code());
    assertEquals(retryable, failed.retryable());
    assertEquals(Charged.NO, failed.charged());
  }
}
