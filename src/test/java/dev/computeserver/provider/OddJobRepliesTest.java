package dev.computeserver.provider;

import static dev.computeserver.provider.Asking.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Replies about a job that are not quite as the provider's page says: what nobody needs decides nothing, good files are kept beside bad
 * ones, and a job that has ended without a result has failed.
 */
class OddJobRepliesTest {
  private static final Map<String, ProviderProcessor> PROCESSORS = Map.of("fal", new FalStandard(), "replicate", new Replicate(), "hub", new HuggingFace(),
      "luma", new Luma(), "agents", new Luma(), "flux", new BlackForestLabs(), "runway", new Runway(), "comfy", new Comfyui(ComfyWorkflows.read(null)));
  private static final Map<String, Job> JOBS = Map.of(
      "fal", job("{\"status\":\"https://q/s\",\"response\":\"https://q/r\",\"cancel\":\"https://q/c\",\"gives\":\"file\"}"),
      "replicate", job("{\"capability\":\"image_generation\"}"), "luma", job("{\"attempt\":1}"), "agents", job("{\"attempt\":1,\"api\":\"agents\"}"),
      "hub", job("{\"backend\":\"replicate\",\"path\":\"/replicate/v1/predictions/id-1\"}"), "flux", job("{\"poll\":\"/v1/get_result?id=id-1\"}"),
      "runway", job("{}"), "comfy", job("{\"client\":\"c\",\"nodes\":2}"));

  private static Job job(String data) {
    return new Job("id-1", new JsonObject(data));
  }

  private static Step look(String provider, String body) {
    return PROCESSORS.get(provider).check(JOBS.get(provider)).reader().apply(reply(200, body));
  }

  /** What a look at a job that has ended gives; fal's result comes by a second request. */
  private static Step end(String provider, String body) {
    if (!provider.equals("fal")) {
      return look(provider, body);
    }
    return ((Step.Then) look("fal", "{\"status\":\"COMPLETED\"}")).exchange().reader().apply(reply(200, body));
  }

  private static String files(Step step) {
    return ((Step.Done) step).media().stream().map(media -> media.isMissing() ? "-" : media.url() == null ? "inline" : media.url())
        .collect(Collectors.joining(" "));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "fal|{\"status\":\"IN_PROGRESS\",\"logs\":[{\"message\":\"half way\"},{\"message\":null},null,7]}|{\"message\":\"half way\"}",
      "fal|{\"status\":\"IN_PROGRESS\",\"logs\":{\"message\":\"x\"}}|{\"message\":\"x\"}", "fal|{\"status\":\"IN_PROGRESS\",\"logs\":[{\"message\":{\"a\":1}}]}|null",
      "fal|{\"status\":\"IN_QUEUE\",\"queue_position\":\"3\"}|{\"queue_position\":3}", "fal|{\"status\":\"IN_QUEUE\",\"queue_position\":[3]}|null",
      "fal|{\"status\":\"IN_QUEUE\",\"queue_position\":2.0,\"metrics\":{\"inference_time\":NaN}}|{\"queue_position\":2}", "fal|{\"status\":\"RESTARTING\"}|null",
      "replicate|{\"status\":\"processing\",\"logs\":[\"a\"]}|null", "replicate|{\"status\":\"processing\",\"logs\":{\"a\":1},\"metrics\":NaN}|null",
      "replicate|{\"status\":\"warming up\",\"logs\":\"a\\rb \"}|{\"message\":\"b\"}",
      "hub|{\"status\":\"processing\"}|null", "hub|{\"id\":7,\"status\":\"queued for long\",\"urls\":null}|null",
      "luma|{\"state\":\"dreaming\",\"assets\":\"none\",\"created_at\":7}|{\"message\":\"dreaming\"}", "luma|{\"state\":\"resting\"}|{\"message\":\"resting\"}",
      "agents|{\"state\":\"processing\",\"output\":null}|{\"message\":\"processing\"}", "agents|{\"state\":\"resting\"}|{\"message\":\"resting\"}",
      "flux|{\"status\":\"Pending\",\"progress\":\"0.5\"}|{\"percent\":50}", "flux|{\"status\":\"Pending\",\"progress\":NaN,\"preview\":7}|null",
      "flux|{\"status\":\"Pending\",\"progress\":{\"at\":1}}|null", "runway|{\"status\":\"RUNNING\",\"progress\":\"0.42\"}|{\"percent\":42}",
      "runway|{\"status\":\"RUNNING\",\"progress\":[1],\"estimatedCost\":7}|null", "runway|{\"status\":\"PAUSED\",\"cost\":\"much\"}|null"})
  void aJobThatRunsGoesOnWhateverIsSaidBesides(String provider, String body, String progress) {
    Step.Waiting waiting = (Step.Waiting) look(provider, body);
    assertEquals("id-1", waiting.job().externalId());
    assertEquals(progress, waiting.progress() == null ? "null" : waiting.progress().encode());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "fal|{\"images\":[{\"url\":\"https://f/0\",\"width\":\"1024\",\"height\":{}},null]}|https://f/0 -",
      "fal|{\"images\":[7,{\"url\":null},{\"url\":\"\"},{\"url\":\"https://f/3\",\"content_type\":9}],\"timings\":{\"inference\":NaN}}|- - - https://f/3",
      "fal|{\"images\":[\"https://f/0\"],\"has_nsfw_concepts\":\"no\"}|https://f/0", "fal|{\"video\":{\"url\":\"https://f/v\"},\"images\":null,\"seed\":[1]}|https://f/v",
      "fal|{\"images\":[{\"url\":\"https://f/0\"},{\"url\":\"https://f/1\"}],\"has_nsfw_concepts\":[true,false]}|- https://f/1",
      "fal|{\"images\":[{\"url\":\"https://f/0\"},{\"url\":\"data:image/png;base64,\"}]}|https://f/0 -",
      "replicate|{\"status\":\"succeeded\",\"output\":[\"https://r/0\",null,{\"a\":1}],\"metrics\":[]}|https://r/0 - -",
      "replicate|{\"status\":\"succeeded\",\"output\":\"HTTPS://r/0\",\"logs\":7,\"version\":7,\"metrics\":\"fast\"}|HTTPS://r/0",
      "replicate|{\"status\":\"succeeded\",\"output\":{\"image\":\"https://r/0\",\"seed\":3,\"mask\":null}}|https://r/0",
      "replicate|{\"status\":\"succeeded\",\"output\":[\"/files/x.png\",\"//r/0.png\"]}|/files/x.png //r/0.png",
      "hub|{\"status\":\"succeeded\",\"output\":[null,\"https://r/1\",7]}|- https://r/1 -", "luma|{\"state\":\"completed\",\"assets\":{\"video\":7,\"image\":\"https://l/i\"}}|https://l/i",
      "agents|{\"state\":\"completed\",\"output\":[{\"url\":\"https://l/0\"},null,{\"type\":\"video\"},{\"url\":7}]}|https://l/0 - - -",
      "flux|{\"status\":\"Ready\",\"cost\":\"3\",\"result\":{\"sample\":\"https://b/s\",\"seed\":{},\"duration\":NaN}}|https://b/s",
      "runway|{\"status\":\"SUCCEEDED\",\"output\":[\"https://w/0\",null,7],\"cost\":{\"credits\":\"25\"}}|https://w/0 - -",
      "comfy|{\"id-1\":{\"status\":{\"status_str\":7,\"messages\":\"x\"},\"outputs\":{\"9\":{\"images\":[{\"type\":\"output\",\"filename\":7},"
          + "{\"type\":\"output\",\"filename\":\"a.png\",\"subfolder\":7},null,\"x\"]},\"x\":[],\"10\":{\"text\":null}}}}|- /view?filename=a.png&subfolder=&type=output"})
  void goodFilesAreKeptAndBadOnesLeaveTheirPlace(String provider, String body, String files) {
    assertEquals(files, files(end(provider, body)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "fal|{\"images\":[],\"error\":\"the model is tired\"}|YES|the model is tired", "fal|{\"detail\":\"odd words\"}|YES|odd words", "fal|{}|YES|no file",
      "fal|{\"video\":\"soon\"}|YES|soon",
      "replicate|{\"status\":\"succeeded\",\"output\":[\"some\",\"words\"]}|YES|some", "replicate|{\"status\":\"succeeded\",\"output\":[null]}|YES|image_generation",
      "replicate|{\"status\":\"failed\",\"version\":\"hidden\",\"error\":{\"why\":\"tired\"}}|NO|tired", "replicate|{\"status\":\"aborted\",\"error\":[]}|NO|before it began",
      "hub|{\"status\":\"succeeded\",\"output\":{}}|YES|succeeded", "hub|{\"status\":\"failed\",\"error\":7}|UNKNOWN|no reason is given",
      "luma|{\"state\":\"completed\",\"assets\":{\"progress_video\":\"https://l/p\"}}|UNKNOWN|progress_video", "luma|{\"state\":\"completed\",\"assets\":[1]}|UNKNOWN|completed",
      "luma|{\"state\":\"failed\",\"failure_reason\":{}}|UNKNOWN|no reason is given",
      "agents|{\"state\":\"completed\",\"output\":{}}|UNKNOWN|completed", "agents|{\"state\":\"failed\",\"failure_code\":7,\"failure_reason\":[]}|UNKNOWN|no code",
      "flux|{\"status\":\"Ready\",\"result\":null,\"cost\":3}|YES|no reason", "flux|{\"status\":\"Ready\",\"result\":{\"sample\":7,\"prompt\":\"p\"}}|UNKNOWN|prompt",
      "flux|{\"status\":\"Error\",\"details\":[1,\"tired\"],\"cost\":[1]}|UNKNOWN|tired",
      "runway|{\"status\":\"SUCCEEDED\",\"output\":null,\"cost\":{\"credits\":5}}|YES|SUCCEEDED", "runway|{\"status\":\"SUCCEEDED\",\"output\":\"soon\"}|UNKNOWN|SUCCEEDED",
      "runway|{\"status\":\"FAILED\",\"failure\":[],\"failureCode\":{},\"cost\":[]}|UNKNOWN|without a code",
      "comfy|{\"id-1\":{\"outputs\":{\"9\":{\"images\":[null,7]}}}}|NO|without a file",
      "comfy|{\"id-1\":{\"status\":{\"status_str\":\"error\",\"messages\":[null,[],[7],[\"execution_error\"]]}}}|NO|node null",
      "comfy|{\"id-1\":{\"status\":{\"status_str\":\"error\",\"messages\":[[\"execution_error\",{\"node_id\":3,\"exception_message\":7,\"exception_type\":\"E\"}]]}}}|NO|node 3"})
  void aJobThatEndedWithoutAResultHasFailedAndItsWordsAreTold(String provider, String body, Charged charged, String words) {
    Step.Failed failed = (Step.Failed) end(provider, body);
    assertEquals(Code.PROVIDER_FAILED, failed.code());
    assertEquals(charged, failed.charged());
    assertTrue(failed.message().contains(words), failed.message());
  }

  @ParameterizedTest
  @CsvSource({"replicate,canceled", "hub,canceled", "runway,CANCELLED"})
  void aJobThatWasCancelledThereIsToldAsCancelled(String provider, String word) {
    Step.Failed failed = (Step.Failed) look(provider, "{\"status\":\"" + word + "\"}");
    assertTrue(failed.message().matches(".*cancell?ed.*"), failed.message());
  }

  @Test
  void aCancelledRequestOfFalAndAnInterruptedJobAreToldAsCancelled() {
    Step.Failed fal = PROCESSORS.get("fal").refused(reply(499, "{\"detail\":\"Request was cancelled\",\"error_type\":\"client_cancelled\"}"));
    assertTrue(fal.message().contains("cancelled") && !fal.retryable(), fal.message());
    Step.Failed comfy = (Step.Failed) look("comfy", "{\"id-1\":{\"status\":{\"status_str\":\"error\",\"messages\":[[\"execution_interrupted\",{}]]}}}");
    assertTrue(comfy.message().contains("cancelled"), comfy.message());
  }

  @ParameterizedTest
  @CsvSource({"fal", "replicate", "hub", "luma", "agents", "flux", "runway"})
  void withoutItsStatusNothingIsKnownAndItIsAskedAgain(String provider) {
    for (String body : new String[] {"{}", "{\"status\":null,\"state\":null}", "{\"status\":7,\"state\":[]}", "[]", "<html>", ""}) {
      assertThrows(RuntimeException.class, () -> look(provider, body), body);
    }
  }

  @Test
  void aFactThatIsTooDeepIsLeftOutAndTheJobIsDone() {
    String deep = "{\"a\":".repeat(998) + "1" + "}".repeat(998);
    Step.Done done = (Step.Done) look("replicate", "{\"status\":\"succeeded\",\"output\":\"https://r/0\",\"metrics\":" + deep + "}");
    assertEquals("https://r/0", done.media().get(0).url());
    assertTrue(done.result().encode().length() < 1_000);
  }

  @Test
  void longLogsAreReadInTheTimeOfTheirLength() {
    String line = "x".repeat(3_000_000);
    Step.Waiting waiting = (Step.Waiting) look("replicate", new JsonObject().put("status", "processing").put("logs", line).encode());
    assertEquals(500, waiting.progress().getString("message").length());
  }

  @Test
  void falIsAskedWithoutLogsOnceTheyAreLong() {
    ProviderProcessor fal = PROCESSORS.get("fal");
    String few = "{\"status\":\"IN_PROGRESS\",\"logs\":[{\"message\":\"x\"}]}";
    assertEquals("https://q/s?logs=1", fal.check(((Step.Waiting) look("fal", few)).job()).target());
    String many = "{\"status\":\"IN_PROGRESS\",\"logs\":[{\"message\":\"" + "x".repeat(70_000) + "\"}]}";
    Exchange next = fal.check(((Step.Waiting) look("fal", many)).job());
    assertEquals("https://q/s", next.target());
    assertTrue(next.statusOnly());
    assertEquals("https://q/s", fal.check(((Step.Waiting) next.reader().apply(reply(200, few))).job()).target());
  }

  @Test
  void theQueueOfAComfyServerMayHoldWhatNobodyUnderstands() {
    Step.Then queue = (Step.Then) look("comfy", "{\"id-1\":null,\"x\":7}");
    String odd = "{\"queue_running\":[null,7,[],[\"a\"]],\"queue_pending\":[[\"5\",\"x\"],[null,\"y\"],[6,\"id-1\",{}],{},[9]]}";
    assertEquals(1, ((Step.Waiting) queue.exchange().reader().apply(reply(200, odd))).progress().getInteger("queue_position"));
    assertThrows(MissingField.class, () -> queue.exchange().reader().apply(reply(200, "{\"queue_running\":[]}")));
  }
}
