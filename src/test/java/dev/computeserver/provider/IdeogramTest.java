package dev.computeserver.provider;

import static dev.computeserver.provider.Spoken.reply;
import static dev.computeserver.provider.Spoken.submission;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdeogramTest {
  private static final Pattern PART = Pattern.compile("name=\"([^\"]+)\"(; filename=\"[^\"]+\")?\r\n(?:Content-Type: [^\r]+\r\n)?\r\n");

  private final Ideogram ideogram = new Ideogram();

  /** The names and texts of a body's parts, and of files the name only. */
  private static List<String> parts(Exchange exchange) {
    String body = exchange.body().toString("ISO-8859-1");
    List<String> parts = new ArrayList<>();
    Matcher part = PART.matcher(body);
    while (part.find()) {
      String value = body.substring(part.end(), body.indexOf("\r\n--part-", part.end()));
      parts.add(part.group(2) == null ? part.group(1) + "=" + value : part.group(1));
    }
    return parts.stream().sorted().toList();
  }

  private static Submission withFiles(String capability, String model, String input) {
    byte[] square = Base64.getDecoder().decode(Spoken.mask(64).split(",")[1]);
    InputFile file = new InputFile(Buffer.buffer(square), "image/png");
    return submission(capability, model, input).with(new JsonObject(input), Map.of("image_url", file, "mask_url", file));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|ideogram-v3|{\"prompt\":\"p\",\"negative_prompt\":\"n\",\"width\":1344,\"height\":768,\"num_outputs\":2,\"seed\":2147483650}|/v1/ideogram-v3/generate|negative_prompt=n, num_images=2, prompt=p, resolution=1344x768, seed=2",
      "image_generation|ideogram-v3|{\"prompt\":\"p\",\"width\":1000,\"height\":1500}|/v1/ideogram-v3/generate|aspect_ratio=2x3, prompt=p",
      "image_generation|ideogram-v3-transparent|{\"prompt\":\"p\",\"aspect_ratio\":\"4:5\"}|/v1/ideogram-v3/generate-transparent|aspect_ratio=4x5, prompt=p",
      "image_generation|ideogram-v4|{\"prompt\":\"p\",\"aspect_ratio\":\"16:9\"}|/v1/ideogram-v4/generate|resolution=2560x1440, text_prompt=p",
      "image_editing|ideogram-edit|{\"prompt\":\"p\",\"seed\":3}|/v1/edit|images, prompt=p, seed=3",
      "image_editing|ideogram-edit|{\"prompt\":\"p\",\"strength\":0.3}|/v1/ideogram-v3/remix|aspect_ratio=1x1, image, image_weight=70, prompt=p",
      "image_editing|ideogram-v4|{\"prompt\":\"p\",\"strength\":1}|/v1/ideogram-v4/remix|image, image_weight=1, resolution=2048x2048, text_prompt=p",
      "image_editing|ideogram-v5|{\"prompt\":\"p\"}|/v1/ideogram-v5/remix|aspect_ratio=1x1, image, prompt=p",
      "inpainting|ideogram-v5|{\"prompt\":\"p\"}|/v1/ideogram-v5/inpaint|image, mask, prompt=p",
      "inpainting|ideogram-v3|{\"prompt\":\"p\",\"seed\":3}|/v1/ideogram-v3/inpaint|image, mask, prompt=p, seed=3",
      "background_removal|ideogram-remove-background|{}|/v1/remove-background|image",
      "super_resolution|ideogram-upscale|{\"prompt\":\"p\"}|/upscale|image_file, image_request={\"prompt\":\"p\"}",
      "image_understanding|V_3|{\"prompt\":\"p\"}|/describe|describe_model_version=V_3, image_file"})
  void putsEachCapabilitysInputIntoItsOwnParts(String capability, String model, String input, String path, String wanted) {
    Exchange exchange = ideogram.submit(withFiles(capability, model, input));
    assertEquals(path, exchange.target());
    assertEquals(wanted, String.join(", ", parts(exchange)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|ideogram-v3|{\"prompt\":\"p\",\"aspect_ratio\":\"21:9\"}|input.aspect_ratio",
      "image_generation|ideogram-v3|{\"prompt\":\"p\",\"width\":4000,\"height\":100}|input.width",
      "image_generation|ideogram-v3|{\"prompt\":\"p\",\"aspect_ratio\":\"0:1\"}|input.aspect_ratio", "image_generation|ideogram-v4|{\"prompt\":\"p\",\"aspect_ratio\":\"0:0\"}|input.aspect_ratio",
      "image_generation|ideogram-v4|{\"prompt\":\"p\",\"aspect_ratio\":\"9:1\"}|input.aspect_ratio must be near to one of",
      "image_generation|ideogram-v3|{\"prompt\":\"p\",\"num_outputs\":9}|input.num_outputs",
      "image_generation|ideogram-v4|{\"prompt\":\"p\",\"num_outputs\":2}|input.num_outputs",
      "image_generation|ideogram-v4|{\"prompt\":\"p\",\"negative_prompt\":\"n\"}|input.negative_prompt",
      "image_generation|V_2|{\"prompt\":\"p\"}|model",
      "image_editing|ideogram-edit|{\"prompt\":\"p\",\"output_format\":\"webp\"}|input.output_format",
      "image_generation|ideogram-v4|{\"prompt\":\"p\",\"seed\":3}|input.seed",
      "image_editing|ideogram-v4|{\"prompt\":\"p\",\"seed\":3}|input.seed",
      "image_editing|ideogram-v3-transparent|{\"prompt\":\"p\"}|model must be one of ideogram-edit",
      "inpainting|ideogram-v3-transparent|{\"prompt\":\"p\"}|model must be one of ideogram-v3",
      "image_editing|V_2|{\"prompt\":\"p\"}|model must be one of ideogram-edit",
      "inpainting|ideogram-v4|{\"prompt\":\"p\"}|model",
      "background_removal|x|{}|model",
      "super_resolution|x|{}|model",
      "image_understanding|V_3|{\"prompt\":\"p\",\"max_tokens\":9}|input.max_tokens",
      "background_removal|x|{\"output_format\":\"jpeg\"}|input.output_format",
      "super_resolution|ideogram-upscale|{\"scale\":2}|input.scale"})
  void refusesBeforeItIsPaidWhatItCannotDo(String capability, String model, String input, String field) {
    InvalidInput refused = assertThrows(InvalidInput.class, () -> ideogram.submit(withFiles(capability, model, input)));
    assertTrue(refused.getMessage().startsWith(field), refused.getMessage());
    assertEquals("/" + field.split(" ")[0].replace('.', '/'), refused.pointer());
  }

  @Test
  void wantsMasksInWhichBlackIsRepaintedAndHandsOptionsOfAnUpscaleOverInItsJsonPart() {
    assertEquals(InputForm.Mask.BLACK_REPAINTED, ideogram.inputForm(ProviderCapability.INPAINTING, "ideogram-v3", "mask_url", new JsonObject()).mask());
    Submission plain = withFiles("super_resolution", "ideogram-upscale", "{}");
    Submission task = new Submission(plain.taskId(), 1, plain.capability(), plain.model(), plain.input(), new JsonObject().put("detail", 80), null,
        plain.files());
    assertTrue(parts(ideogram.submit(task)).contains("image_request={\"detail\":80}"));
  }

  @ParameterizedTest
  @CsvSource({"ideogram-v3,10", "ideogram-edit,10", "ideogram-v4,25"})
  void refusesAPictureThatIsTooLarge(String model, int most) {
    byte[] bytes = new byte[most * 1024 * 1024 + 1];
    ideogram.submit(withPicture(model, Buffer.buffer(bytes).slice(0, bytes.length - 1)));
    Submission large = withPicture(model, Buffer.buffer(bytes));
    String message = assertThrows(InvalidInput.class, () -> ideogram.submit(large)).getMessage();
    assertTrue(message.startsWith("input.image_url must have at most " + most + " MB"), message);
  }

  private static Submission withPicture(String model, Buffer bytes) {
    return submission("image_editing", model, "{\"prompt\":\"p\"}").with(new JsonObject("{\"prompt\":\"p\"}"),
        Map.of("image_url", new InputFile(bytes, "image/png")));
  }

  @Test
  void aSizeAmongTheOptionsStandsAlone() {
    Submission plain = withFiles("image_editing", "ideogram-v3", "{\"prompt\":\"p\"}");
    Submission task = new Submission(plain.taskId(), 1, plain.capability(), plain.model(), plain.input(), new JsonObject().put("resolution", "1344x768"),
        null, plain.files());
    assertEquals("image, prompt=p, resolution=1344x768", String.join(", ", parts(ideogram.submit(task))));
  }

  @Test
  void makesVersion4InTheBackgroundWhereItCanReportOverHttps() {
    Submission plain = submission("image_generation", "ideogram-v4", "{\"prompt\":\"p\"}");
    Exchange submit = ideogram.submit(new Submission(plain.taskId(), 1, plain.capability(), plain.model(), plain.input(), new JsonObject(),
        "https://us/cb?x=1", Map.of()));
    assertEquals("/v1/ideogram-v4/async/generate?webhook_url=https%3A%2F%2Fus%2Fcb%3Fx%3D1", submit.target());
    Job job = assertInstanceOf(Step.Waiting.class, submit.reader().apply(reply(200, "{\"generation_id\":\"g1\"}"))).job();
    Exchange check = ideogram.check(job);
    assertEquals("/v1/generations/g1", check.target());
    assertInstanceOf(Step.Waiting.class, check.reader().apply(reply(200, "{\"generation_id\":\"g1\",\"status\":\"pending\"}")));
    assertInstanceOf(Step.Failed.class, check.reader().apply(reply(200, "{\"generation_id\":\"g1\",\"status\":\"failed\"}")));
    assertEquals(1, assertInstanceOf(Step.Done.class, check.reader().apply(reply(200, "{\"status\":\"completed\",\"data\":[{\"url\":\"https://i/1\"}]}")))
        .media().size());
    assertEquals(Optional.empty(), ideogram.cancel(job));
    assertEquals("/v1/ideogram-v4/generate", ideogram.submit(new Submission(plain.taskId(), 1, plain.capability(), plain.model(), plain.input(),
        new JsonObject(), "http://us/cb", Map.of())).target());
  }

  private Step pictures(String body) {
    return ideogram.submit(submission("image_generation", "ideogram-v3", "{\"prompt\":\"p\"}")).reader().apply(reply(200, body));
  }

  @Test
  void givesThePicturesThatAreSafe() {
    Step.Done done = assertInstanceOf(Step.Done.class, pictures("{\"data\":[{\"url\":null,\"is_image_safe\":false,\"seed\":1},"
        + "{\"url\":\"https://i/2\",\"is_image_safe\":true,\"seed\":2,\"prompt\":\"q\",\"resolution\":\"1024x768\"}]}"));
    assertEquals(List.of(Media.at("https://i/2", null).sized(1024, 768)), done.media());
    assertEquals(new JsonObject("{\"seed\":2,\"prompt\":\"q\",\"withheld\":1}"), done.result());
    Step.Failed failed = assertInstanceOf(Step.Failed.class, pictures("{\"data\":[{\"url\":\"\",\"is_image_safe\":false}]}"));
    assertEquals(Code.CONTENT_REFUSED, failed.code());
    assertEquals(Charged.YES, failed.charged());
  }

  @Test
  void givesDescriptionsAndSaysThatTheQuestionWasNotSent() {
    Step.Done done = assertInstanceOf(Step.Done.class, ideogram.submit(withFiles("image_understanding", "V_3", "{\"prompt\":\"p\"}")).reader()
        .apply(reply(200, "{\"descriptions\":[{\"text\":\"a fox\"},{\"text\":\"snow\"}]}")));
    assertEquals("a fox\n\nsnow", done.result().getString("text"));
    assertTrue(done.result().getString("note").contains("no question"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|{\"data\":[{\"url\":\"https://i/1\"},null,{\"url\":null},{\"url\":\"\"},{\"url\":7,\"is_image_safe\":null}]}|done [link, missing, missing, missing, missing]",
      "image_generation|{\"data\":[{\"url\":\"https://i/1\",\"seed\":\"7\",\"prompt\":7,\"resolution\":7,\"is_image_safe\":\"no\"}]}|done [link] {\"seed\":7}",
      "image_generation|{\"data\":[{\"is_image_safe\":false},{\"is_image_safe\":false}]}|content_refused yes",
      "image_generation|{\"data\":[]}|provider_failed unknown",
      "image_generation|{\"data\":null}|provider_failed unknown",
      "image_generation|{}|provider_failed unknown",
      "image_generation|[]|unreadable",
      "image_understanding|{\"descriptions\":[null,{\"text\":null},{\"text\":\"a\"}]}|done {\"text\":\"a\",\"note\":\"ideogram describes pictures and takes no question: input.prompt was not sent\"}",
      "image_understanding|{\"descriptions\":[]}|provider_failed unknown",
      "image_understanding|{\"descriptions\":null}|provider_failed unknown"})
  void anOddAnswerIsReadForWhatIsNeeded(String capability, String body, String wanted) {
    String model = capability.equals("image_understanding") ? "V_3" : "ideogram-v3";
    assertEquals(wanted, Told.by(ideogram.submit(withFiles(capability, model, "{\"prompt\":\"p\"}")), reply(200, body)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{\"status\":\"pending\",\"created\":7}|waiting",
      "{\"status\":\"painting\"}|waiting",
      "{\"status\":null}|unreadable",
      "{\"status\":\"failed\"}|provider_failed no",
      "{\"status\":\"completed\",\"data\":null}|provider_failed unknown"})
  void anOddLookIsReadForWhatIsNeeded(String body, String wanted) {
    assertEquals(wanted, Told.by(ideogram.check(new Job("g1", new JsonObject())), reply(200, body)));
  }

  @Test
  void whatIsRejectedBeforeItRunsSaysWhy() {
    assertTrue(ideogram.tookNothing(reply(503, "{\"error\":\"busy\",\"reject_reason\":\"inflight_limit\"}")));
    assertTrue(ideogram.tookNothing(reply(503, "{\"message\":\"The service is temporarily unavailable\"}")));
    assertFalse(ideogram.tookNothing(reply(503, "<html>503 Service Temporarily Unavailable</html>")));
    assertFalse(ideogram.tookNothing(reply(503, "{\"message\":\"Describe took too long\"}")));
    assertFalse(ideogram.tookNothing(reply(503, "{\"error\":\"busy\"}")));
    assertFalse(ideogram.tookNothing(reply(503, "busy")));
    Step.Failed failed = ideogram.refused(reply(402, "{\"error\":\"not now\",\"reject_reason\":\"daily_limit\"}"));
    assertTrue(failed.message().endsWith("not now (daily_limit)"), failed.message());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "400|{\"detail\":\"bad\"}|INVALID_INPUT|false|NO", "400|{\"error\":null,\"detail\":[]}|INVALID_INPUT|false|NO", "401|{}|PROVIDER_AUTH|false|NO", "402|{\"message\":\"x\"}|PROVIDER_QUOTA|false|NO",
      "403|{}|PROVIDER_AUTH|false|NO", "404|{}|INVALID_INPUT|false|NO", "422|{\"error\":\"Prompt provided failed safety check\"}|CONTENT_REFUSED|false|NO",
      "422|{\"detail\":\"x\"}|INVALID_INPUT|false|NO", "429|{}|PROVIDER_RATE_LIMITED|true|NO", "503|busy|PROVIDER_UNAVAILABLE|true|NO"})
  void readsErrors(int status, String body, Code code, boolean retryable, Charged charged) {
    Step.Failed failed = ideogram.refused(reply(status, body));
    assertEquals(code, failed.code());
    assertEquals(retryable, failed.retryable());
    assertEquals(charged, failed.charged());
  }
}
