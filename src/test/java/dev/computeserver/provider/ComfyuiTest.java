package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.Settings;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComfyuiTest {
  private static final String QUEUE = "{\"queue_running\":[[4,\"other\",{},{},[]]],\"queue_pending\":[[9,\"x\",{},{},[]],[7,\"id-1\",{},{},[]],[6,\"y\",{},{},[]]]}";
  private static final Job JOB = new Job("id-1", new JsonObject().put("client", "c-1").put("nodes", 4));

  private final Comfyui comfy = new Comfyui(ComfyWorkflows.read(null));

  private static Submission task(String capability, String input, String options) {
    return new Submission(UUID.fromString("01a20648-5a7b-7000-820a-bbf67dd5ba6f"), 1, Named.of(ProviderCapability.class, capability).orElseThrow(), capability,
        new JsonObject(input), new JsonObject(options), null, Map.of());
  }

  private static Reply reply(int status, String body) {
    return new Reply(status, MultiMap.caseInsensitiveMultiMap(), Buffer.buffer(body));
  }

  private Step check(String history, String queue, String historyAfter) {
    Step.Then asked = assertInstanceOf(Step.Then.class, comfy.check(JOB).reader().apply(reply(200, history)));
    assertEquals("/queue", asked.exchange().target());
    Step then = asked.exchange().reader().apply(reply(200, queue));
    return then instanceof Step.Then again ? again.exchange().reader().apply(reply(200, historyAfter)) : then;
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|{\"prompt\":\"p\",\"negative_prompt\":\"n\",\"width\":640,\"seed\":7,\"num_outputs\":2}|6.text=p 7.text=n 5.width=640 5.height=640 3.seed=7 5.batch_size=2",
      "image_generation|{\"prompt\":\"p\",\"aspect_ratio\":\"16:9\"}|5.width=672 5.height=384",
      "image_editing|{\"prompt\":\"p\",\"image_url\":\"compute/a.png\",\"strength\":0.4}|6.text=p 5.image=compute/a.png 3.denoise=0.4",
      "inpainting|{\"prompt\":\"p\",\"image_url\":\"a.png\",\"mask_url\":\"m.png\"}|5.image=a.png 10.image=m.png",
      "super_resolution|{\"image_url\":\"a.png\",\"scale\":2}|1.image=a.png 4.scale_by=0.5",
      "video_generation|{\"prompt\":\"p\",\"duration_seconds\":4,\"seed\":3}|3.text=p 5.length=97 10.noise_seed=3",
      "image_to_video|{\"prompt\":\"p\",\"image_url\":\"a.png\",\"duration_seconds\":2.1}|6.image=a.png 5.length=49",
      "music_generation|{\"prompt\":\"p\",\"duration_seconds\":30,\"instrumental\":true}|2.tags=p 4.seconds=30",
      "sound_generation|{\"prompt\":\"p\"}|3.text=p",
      "model_3d_generation|{\"image_url\":\"a.png\"}|2.image=a.png"})
  void putsTheInputIntoTheNodesOfTheWorkflow(String capability, String input, String expected) {
    Submission task = task(capability, input, "{}");
    Exchange exchange = comfy.submit(task);
    JsonObject body = exchange.body().toJsonObject();
    assertEquals("/prompt", exchange.target());
    assertEquals(task.jobId().toString(), body.getString("prompt_id"));
    assertEquals(task.taskId().toString(), body.getJsonObject("extra_data").getString("task_id"));
    for (String each : expected.split(" ")) {
      String[] parts = each.split("[.=]", 3);
      assertEquals(parts[2], String.valueOf(body.getJsonObject("prompt").getJsonObject(parts[0]).getJsonObject("inputs").getValue(parts[1])), each);
    }
  }

  @Test
  void withoutASeedEachAttemptHasOneOfItsOwn() {
    Function<Integer, Object> seed = attempt -> comfy.submit(new Submission(UUID.fromString("01a20648-5a7b-7000-820a-bbf67dd5ba6f"), attempt,
        ProviderCapability.IMAGE_GENERATION, "image_generation", new JsonObject("{\"prompt\":\"p\"}"), new JsonObject(), null, Map.of()))
        .body().toJsonObject().getJsonObject("prompt").getJsonObject("3").getJsonObject("inputs").getValue("seed");
    assertEquals(seed.apply(1), seed.apply(1));
    assertFalse(seed.apply(1).equals(seed.apply(2)));
  }

  @Test
  void optionsReachIntoTheGraph() {
    JsonObject body = comfy.submit(task("image_generation", "{\"prompt\":\"p\"}", "{\"front\":true,\"prompt\":{\"4\":{\"inputs\":{\"ckpt_name\":\"x\"}}}}"))
        .body().toJsonObject();
    assertTrue(body.getBoolean("front"));
    assertEquals("x", body.getJsonObject("prompt").getJsonObject("4").getJsonObject("inputs").getString("ckpt_name"));
    assertEquals("p", body.getJsonObject("prompt").getJsonObject("6").getJsonObject("inputs").getString("text"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|{\"prompt\":\"p\",\"width\":641}|input.width", "image_generation|{\"prompt\":\"p\",\"output_format\":\"webp\"}|input.output_format",
      "image_generation|{\"prompt\":\"p\",\"aspect_ratio\":\"9:1\"}|input.aspect_ratio", "video_generation|{\"prompt\":\"p\",\"resolution\":\"720p\"}|input.resolution",
      "model_3d_generation|{\"prompt\":\"p\"}|input.image_url", "model_3d_generation|{\"image_url\":\"a.png\",\"prompt\":\"p\"}|input.prompt",
      "music_generation|{\"prompt\":\"p\",\"instrumental\":false}|input.instrumental must be true",
      "super_resolution|{\"image_url\":\"a.png\",\"prompt\":\"p\"}|input.prompt"})
  void refusesWhatHasNoPlaceInTheWorkflow(String capability, String input, String field) {
    String message = assertThrows(InvalidInput.class, () -> comfy.submit(task(capability, input, "{}"))).getMessage();
    assertTrue(message.startsWith(field), message);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "music_generation|{\"prompt\":\"p\",\"duration_seconds\":0.5}|duration_seconds|from 1 to 1000", "sound_generation|{\"prompt\":\"p\",\"duration_seconds\":3600}|duration_seconds|from 1 to 1000",
      "video_generation|{\"prompt\":\"p\",\"duration_seconds\":3600}|duration_seconds|from 0.34 to 682.33",
      "image_to_video|{\"image_url\":\"a.png\",\"duration_seconds\":0.1}|duration_seconds|from 0.34 to 682.33",
      "image_generation|{\"prompt\":\"p\",\"height\":641}|height|a multiple of 8 from 16 to 8192",
      "image_generation|{\"prompt\":\"p\",\"width\":640,\"height\":641}|height|a multiple of 8 from 16 to 8192"})
  void refusesWhatANodeWouldNotTakeAndSaysWhatItTakes(String capability, String input, String field, String allowed) {
    InvalidInput refused = assertThrows(InvalidInput.class, () -> comfy.submit(task(capability, input, "{}")));
    assertEquals("/input/" + field, refused.pointer());
    assertEquals("input." + field + " must be " + allowed + " for the workflow " + capability, refused.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"0.34,9", "682.33,16377", "1,25"})
  void whatIsAllowedFitsTheNode(double seconds, int frames) {
    JsonObject body = comfy.submit(task("video_generation", "{\"prompt\":\"p\",\"duration_seconds\":" + seconds + "}", "{}")).body().toJsonObject();
    assertEquals(frames, body.getJsonObject("prompt").getJsonObject("5").getJsonObject("inputs").getInteger("length"));
  }

  @ParameterizedTest
  @CsvSource({"min,2,0.5,at least 2", "max,2,3,at most 2"})
  void aWorkflowMayHaveABoundOnOneSideOnly(String bound, int at, double given, String allowed) {
    ComfyWorkflow own = ComfyWorkflow.read("w", new JsonObject("{\"capability\":\"sound_generation\",\"inputs\":{\"duration_seconds\":{\"at\":\"1.s\",\""
        + bound + "\":" + at + "}},\"prompt\":{\"1\":{\"class_type\":\"X\",\"inputs\":{}}}}"));
    InvalidInput refused = assertThrows(InvalidInput.class, () -> own.filled(new JsonObject().put("duration_seconds", given), 5));
    assertEquals("input.duration_seconds must be " + allowed + " for the workflow w", refused.getMessage());
    assertEquals(2, own.filled(new JsonObject().put("duration_seconds", 2), 5).getJsonObject("1").getJsonObject("inputs").getInteger("s"));
  }

  @Test
  void refusesASeedWhereTheGraphTakesNone() {
    ComfyWorkflow seedless = ComfyWorkflow.read("w", new JsonObject("{\"capability\":\"video_generation\",\"inputs\":{\"prompt\":\"1.text\"},"
        + "\"prompt\":{\"1\":{\"class_type\":\"X\",\"inputs\":{\"text\":\"\"}}}}"));
    assertEquals("{\"text\":\"p\"}", seedless.filled(new JsonObject("{\"prompt\":\"p\"}"), 5).getJsonObject("1").getJsonObject("inputs").encode());
    String message = assertThrows(InvalidInput.class, () -> seedless.filled(new JsonObject("{\"prompt\":\"p\",\"seed\":7}"), 5)).getMessage();
    assertTrue(message.startsWith("input.seed"), message);
  }

  @Test
  void refusesOptionsThatAreNoGraph() {
    String message = assertThrows(InvalidInput.class,
        () -> comfy.submit(task("image_generation", "{\"prompt\":\"p\"}", "{\"prompt\":\"q\"}"))).getMessage();
    assertTrue(message.startsWith("provider_options.prompt"), message);
  }

  @Test
  void survivesWhatNodesOfOtherMakersPutIntoTheHistory() {
    Step.Done done = assertInstanceOf(Step.Done.class, comfy.check(JOB).reader().apply(reply(200, "{\"id-1\":{\"status\":null,\"outputs\":{\"9\":{"
        + "\"images\":[{\"filename\":\"a.png\",\"subfolder\":null,\"type\":\"output\"}],\"video\":{\"x\":1},\"audio\":null},\"10\":null}}}")));
    assertEquals("/view?filename=a.png&subfolder=&type=output", done.media().get(0).url());
    assertInstanceOf(Step.Failed.class, comfy.check(JOB).reader().apply(reply(200, "{\"id-1\":{\"status\":{\"completed\":false},\"outputs\":{}}}")));
  }

  @Test
  void uploadsAFileAndTakesTheNameThatTheServerGaveIt() {
    Exchange upload = comfy.upload("image_url", new InputFile(Buffer.buffer("x"), "image/png"));
    assertEquals("/upload/image", upload.target());
    assertEquals("compute/in (1).png", ((Step.Uploaded) upload.reader().apply(reply(200, "{\"name\":\"in (1).png\",\"subfolder\":\"compute\",\"type\":\"input\"}"))).reference());
    assertEquals("in.png", ((Step.Uploaded) upload.reader().apply(reply(200, "{\"name\":\"in.png\",\"subfolder\":\"\"}"))).reference());
  }

  @Test
  void looksInTheHistoryThenInTheQueueThenInTheHistoryAgain() {
    assertEquals(2, assertInstanceOf(Step.Waiting.class, check("{}", QUEUE, "")).progress().getInteger("queue_position"));
    assertInstanceOf(Step.NotFound.class, check("{}", "{\"queue_running\":[],\"queue_pending\":[]}", "{}"));
    assertInstanceOf(Step.Done.class, check("{}", "{\"queue_running\":[],\"queue_pending\":[]}",
        "{\"id-1\":{\"outputs\":{\"9\":{\"images\":[{\"filename\":\"a.png\",\"type\":\"output\"}]}},\"status\":{\"status_str\":\"success\"}}}"));
  }

  @Test
  void takesSavedFilesInTheOrderOfTheirNodes() {
    Step.Done done = assertInstanceOf(Step.Done.class, comfy.check(JOB).reader().apply(reply(200, "{\"id-1\":{\"outputs\":{"
        + "\"12\":{\"audio\":[{\"filename\":\"b c.mp3\",\"subfolder\":\"audio\",\"type\":\"output\"}],\"animated\":[true]},"
        + "\"9\":{\"images\":[{\"filename\":\"p.png\",\"type\":\"temp\"},{\"filename\":\"a.png\",\"subfolder\":\"\",\"type\":\"output\"}]},"
        + "\"10\":{\"text\":[\"hello\"]}},\"status\":{\"status_str\":\"success\",\"completed\":true,\"messages\":[]}}}")));
    assertEquals("/view?filename=a.png&subfolder=&type=output", done.media().get(0).url());
    assertEquals("/view?filename=b%20c.mp3&subfolder=audio&type=output", done.media().get(1).url());
    assertTrue(done.media().get(0).authorized());
    assertEquals("hello", done.result().getString("text"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "[[\"execution_error\",{\"node_id\":\"3\",\"node_type\":\"KSampler\",\"exception_type\":\"torch.OutOfMemoryError\",\"exception_message\":\"no memory\"}]]|true|no memory",
      "[[\"execution_error\",{\"node_id\":\"3\",\"node_type\":\"KSampler\",\"exception_type\":\"ValueError\",\"exception_message\":\"bad\"}]]|false|bad",
      "[[\"execution_interrupted\",{\"node_id\":\"3\"}]]|false|interrupted at the server"})
  void readsWhyAJobFailed(String messages, boolean retryable, String text) {
    Step.Failed failed = assertInstanceOf(Step.Failed.class, comfy.check(JOB).reader().apply(reply(200,
        "{\"id-1\":{\"outputs\":{},\"status\":{\"status_str\":\"error\",\"completed\":false,\"messages\":" + messages + "}}}")));
    assertEquals(Code.PROVIDER_FAILED, failed.code());
    assertEquals(retryable, failed.retryable());
    assertEquals(Charged.NO, failed.charged());
    assertTrue(failed.message().endsWith(text), failed.message());
  }

  @Test
  void interruptsOnlyWhatRunsAndOnlyUnderItsId() {
    Exchange delete = comfy.cancel(JOB).orElseThrow();
    assertEquals("{\"delete\":[\"id-1\"]}", delete.body().toString());
    Exchange queue = ((Step.Then) delete.reader().apply(reply(200, ""))).exchange();
    assertEquals(Charged.NO, assertInstanceOf(Step.Cancelling.class, queue.reader().apply(reply(200, QUEUE))).charged());
    Exchange interrupt = ((Step.Then) queue.reader().apply(reply(200, "{\"queue_running\":[[4,\"id-1\",{},{},[]]],\"queue_pending\":[]}"))).exchange();
    assertEquals("/interrupt", interrupt.target());
    assertEquals("{\"prompt_id\":\"id-1\"}", interrupt.body().toString());
  }

  @Test
  void findsALostSubmitByTheIdThatWeChose() {
    Submission task = task("image_generation", "{\"prompt\":\"p\"}", "{}");
    String id = task.jobId().toString();
    Exchange find = comfy.find(task, Instant.now()).orElseThrow();
    assertEquals("/history/" + id, find.target());
    assertInstanceOf(Step.Waiting.class, find.reader().apply(reply(200, "{\"" + id + "\":{}}")));
    Exchange queue = ((Step.Then) find.reader().apply(reply(200, "{}"))).exchange();
    assertInstanceOf(Step.Waiting.class, queue.reader().apply(reply(200, QUEUE.replace("id-1", id))));
    assertInstanceOf(Step.NotFound.class, queue.reader().apply(reply(200, QUEUE)));
  }

  @Test
  void namesTheNodeThatTheServerRefuses() {
    Step.Failed failed = comfy.refused(reply(400, "{\"error\":{\"type\":\"prompt_outputs_failed_validation\",\"message\":\"Prompt outputs failed validation\"},"
        + "\"node_errors\":{\"4\":{\"errors\":[{\"message\":\"Value not in list\",\"details\":\"ckpt_name: 'x' not in ['a']\"}]}}}"));
    assertEquals(Code.INVALID_INPUT, failed.code());
    assertTrue(failed.message().endsWith("node 4: Value not in list (ckpt_name: 'x' not in ['a'])"), failed.message());
  }

  @Test
  void tellsOfNodesThatTheServerLeavesOut() {
    Exchange submit = comfy.submit(task("image_generation", "{\"prompt\":\"p\"}", "{}"));
    JsonObject told = assertInstanceOf(Step.Waiting.class, submit.reader().apply(reply(200, "{\"prompt_id\":\"x\",\"number\":1,\"node_errors\":{\"4\":"
        + "{\"errors\":[{\"message\":\"Value not in list\",\"details\":\"ckpt_name\"}]}}}"))).progress();
    assertTrue(told.getString("message").endsWith("; node 4: Value not in list (ckpt_name)"), told::encode);
    assertNull(assertInstanceOf(Step.Waiting.class, submit.reader().apply(reply(200, "{\"prompt_id\":\"x\",\"node_errors\":{}}"))).progress());
  }

  @Test
  void survivesRefusalsWithoutTheUsualFields() {
    assertTrue(comfy.refused(reply(400, "{\"error\":{\"type\":\"x\",\"message\":null,\"details\":null}}")).message().contains("\"x\""));
    assertTrue(comfy.refused(reply(400, "{\"error\":\"bad\",\"node_errors\":{\"4\":{\"errors\":null},\"5\":7}}")).message().contains("node 4: is wrong"));
  }

  @Test
  void countsDoneNodesAndThePartOfTheRunningOne() {
    Function<String, Channel.News> reader = comfy.channel(JOB).orElseThrow().reader();
    assertEquals("/ws?clientId=c-1", comfy.channel(JOB).orElseThrow().path());
    assertEquals(Channel.News.NONE, reader.apply("{\"type\":\"status\",\"data\":{\"status\":{}}}"));
    assertEquals(Channel.News.NONE, reader.apply("{\"type\":\"execution_cached\",\"data\":{\"nodes\":[\"1\"],\"prompt_id\":\"id-1\"}}"));
    reader.apply("{\"type\":\"executing\",\"data\":{\"node\":\"2\",\"prompt_id\":\"id-1\"}}");
    assertEquals(38, reader.apply("{\"type\":\"progress\",\"data\":{\"value\":10,\"max\":20,\"prompt_id\":\"id-1\"}}").progress().getInteger("percent"));
    assertEquals(Channel.News.NONE, reader.apply("{\"type\":\"progress\",\"data\":{\"value\":10,\"max\":20,\"prompt_id\":\"other\"}}"));
    assertEquals(75, reader.apply("{\"type\":\"progress_state\",\"data\":{\"prompt_id\":\"id-1\",\"nodes\":{\"2\":{\"state\":\"finished\",\"value\":1,\"max\":1},"
        + "\"3\":{\"state\":\"running\",\"value\":20,\"max\":20}}}}").progress().getInteger("percent"));
    assertTrue(reader.apply("{\"type\":\"executing\",\"data\":{\"node\":null,\"prompt_id\":\"id-1\"}}").lookNow());
  }

  @Test
  void takesWorkflowsOfTheSettingsFolderBesideThePackedOnes(@TempDir Path conf) throws IOException {
    Path folder = Files.createDirectories(conf.resolve("comfyui"));
    JsonObject own = new JsonObject().put("capability", "speech_synthesis").put("inputs", new JsonObject().put("text", new JsonArray().add("1.text")))
        .put("prompt", new JsonObject("{\"1\":{\"class_type\":\"MyVoice\",\"inputs\":{\"text\":\"\"}}}"));
    Files.writeString(folder.resolve("voice.json"), own.encode());
    Map<String, ComfyWorkflow> read = ComfyWorkflows.read(conf);
    assertTrue(new Comfyui(read).capabilities().contains(ProviderCapability.SPEECH_SYNTHESIS));
    assertEquals(conf, Settings.load(conf, Map.of()).folder());
    assertTrue(ProcessorRegistry.ofAll(conf).with(ProviderCapability.SPEECH_SYNTHESIS).contains(ProviderType.COMFYUI));
    assertFalse(ProcessorRegistry.ofAll(null).with(ProviderCapability.SPEECH_SYNTHESIS).contains(ProviderType.COMFYUI));
    assertEquals(10, read.size());
    Files.writeString(folder.resolve("voice.json"), own.encode().replace("1.text", "2.text"));
    String message = assertThrows(IllegalStateException.class, () -> ComfyWorkflows.read(conf)).getMessage();
    assertTrue(message.startsWith("comfyui/voice.json: inputs.text names 2.text"), message);
  }
}
