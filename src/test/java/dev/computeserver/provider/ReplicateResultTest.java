package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplicateResultTest {

  private static Step check(String capability, String body) {
    return ReplicateResult.of(new Job("gm3q", new JsonObject().put("capability", capability)), new JsonObject(body));
  }

  @Test
  void readsProgressFromTheLogs() {
    assertEquals("starting", assertInstanceOf(Step.Waiting.class, check("image_generation", "{\"status\":\"starting\",\"logs\":\"\"}")).progress()
        .getString("message"));
    assertNull(assertInstanceOf(Step.Waiting.class, check("image_generation", "{\"status\":\"processing\",\"logs\":null}")).progress());
    JsonObject progress = assertInstanceOf(Step.Waiting.class, check("image_generation",
        "{\"status\":\"processing\",\"logs\":\"Using seed: 1\\n 10%|#| 5/50\\r 76%|###| 38/50 [..]\\n\"}")).progress();
    assertEquals(76, progress.getInteger("percent"));
    assertEquals(" 76%|###| 38/50 [..]", progress.getString("message"));
    assertInstanceOf(Step.Waiting.class, check("image_generation", "{\"status\":\"something new\"}"));
    assertThrows(RuntimeException.class, () -> check("image_generation", "{}"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"Failed to read an input: the file is no picture that can be read", "cannot identify image file '/tmp/x.html'", "Could not download the image from the URL",
      "unable to decode video", "Invalid image: expected PNG"})
  void aFileThatCouldNotBeReadIsTheClients(String error) {
    String body = new JsonObject().put("status", "failed").put("error", error).encode();
    Step.Failed failed = assertInstanceOf(Step.Failed.class, ReplicateResult.of(new Job("gm3q", new JsonObject().put("capability", "inpainting")
        .put("files", "input.image_url or input.mask_url")), new JsonObject(body)));
    assertEquals(Code.INVALID_INPUT, failed.code());
    assertTrue(failed.message().startsWith("input.image_url or input.mask_url could not be read"), failed.message());
    assertEquals(Code.INVALID_INPUT, ((Step.Failed) check("inpainting", body)).code(), "of a job that was found its files are not known");
    assertEquals(Code.PROVIDER_FAILED, ((Step.Failed) ReplicateResult.of(new Job("gm3q", new JsonObject().put("files", "")), new JsonObject(body))).code(),
        "there was none");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"Failed to load weights for image model", "CUDA out of memory", "could not load the checkpoint of the video pipeline"})
  void aFileOfTheModelsOwnIsNot(String error) {
    assertEquals(Code.PROVIDER_FAILED, ((Step.Failed) check("inpainting", new JsonObject().put("status", "failed").put("error", error).encode())).code());
  }

  private static Step.Done done(String capability, String output) {
    return assertInstanceOf(Step.Done.class, check(capability, "{\"status\":\"succeeded\",\"output\":" + output + ",\"logs\":\"Using seed: 42\\n\","
        + "\"metrics\":{\"predict_time\":0.8}}"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "image_generation|[\"https://d/0.webp\",\"https://d/1.webp\"]|https://d/0.webp https://d/1.webp", "video_generation|\"https://d/a.mp4\"|https://d/a.mp4",
      "model_3d_generation|{\"color_video\":\"https://d/c.mp4\",\"model_file\":\"https://d/m.glb\",\"gaussian_ply\":null}|https://d/m.glb",
      "model_3d_generation|{\"mesh\":\"https://d/m.glb\",\"seed\":3}|https://d/m.glb"})
  void findsTheFilesOfAnOutputInEachShape(String capability, String output, String links) {
    Step.Done done = done(capability, output);
    assertEquals(links, String.join(" ", done.media().stream().map(Media::url).toList()));
    assertEquals(42, done.result().getLong("seed"));
    assertEquals(0.8, done.result().getJsonObject("usage").getDouble("predict_time"));
  }

  @Test
  void aFileMayBeInline() {
    Media media = done("image_generation", "\"data:image/png;base64,eHl6\"").media().get(0);
    assertEquals("xyz", media.content().toString());
    assertEquals("image/png", media.contentType());
  }

  @Test
  void readsWhatIsNoFile() {
    assertEquals("Hello world", done("text_generation", "[\"Hel\",\"lo\",\" world\"]").result().getString("text"));
    assertEquals("Hi", done("image_understanding", "\"Hi\"").result().getString("text"));
    JsonObject vectors = done("text_embedding", "[{\"embedding\":[0.1,0.2]},{\"embedding\":[0.3,0.4]}]").result();
    assertEquals(new JsonArray("[[0.1,0.2],[0.3,0.4]]"), vectors.getJsonArray("vectors"));
    assertEquals(2, vectors.getInteger("dimensions"));
    assertEquals(new JsonArray("[[0.1,0.2]]"), done("text_embedding", "[0.1,0.2]").result().getJsonArray("vectors"));
    String whisper = "{\"transcription\":\" Hi\",\"detected_language\":\"english\",\"segments\":[{\"id\":0,\"start\":0,\"end\":1.5,\"text\":\" Hi\"}]}";
    JsonObject heard = done("speech_recognition", whisper).result();
    assertEquals(" Hi", heard.getString("text"));
    assertEquals("english", heard.getString("language"));
    assertEquals(new JsonObject("{\"text\":\" Hi\",\"start\":0,\"end\":1.5}"), heard.getJsonArray("segments").getJsonObject(0));
    assertEquals(1.5, done("speech_recognition", "{\"text\":\"Hi\",\"chunks\":[{\"timestamp\":[0,1.5],\"text\":\"Hi\"}]}").result()
        .getJsonArray("segments").getJsonObject(0).getDouble("end"));
    Job bare = new Job("gm3q", new JsonObject().put("capability", "speech_recognition").put("timestamps", "no"));
    Step.Done unsegmented = (Step.Done) ReplicateResult.of(bare, new JsonObject("{\"status\":\"succeeded\",\"output\":" + whisper + "}"));
    assertFalse(unsegmented.result().containsKey("segments"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{\"status\":\"failed\",\"version\":\"hidden\",\"error\":\"NSFW content detected. Try running it again, or try a different prompt.\"}|CONTENT_REFUSED|false|NO",
      "{\"status\":\"failed\",\"version\":\"f121\",\"error\":\"The input or output was flagged as sensitive. (E005)\"}|CONTENT_REFUSED|false|UNKNOWN",
      "{\"status\":\"failed\",\"version\":\"f121\",\"error\":\"CUDA out of memory\"}|PROVIDER_FAILED|false|UNKNOWN",
      "{\"status\":\"failed\",\"version\":\"hidden\",\"error\":\"Prediction interrupted; please retry (code: PA)\"}|PROVIDER_FAILED|true|NO",
      "{\"status\":\"failed\",\"version\":\"hidden\",\"error\":null}|PROVIDER_FAILED|false|NO",
      "{\"status\":\"canceled\",\"version\":\"hidden\",\"error\":null}|PROVIDER_FAILED|false|YES",
      "{\"status\":\"aborted\",\"version\":\"f121\",\"error\":null}|PROVIDER_FAILED|true|NO",
      "{\"status\":\"succeeded\",\"output\":null,\"data_removed\":true}|OUTPUT_UNAVAILABLE|false|YES",
      "{\"status\":\"succeeded\",\"output\":{\"answer\":42}}|PROVIDER_FAILED|false|YES"})
  void tellsHowAPredictionFailedAndWhetherItIsCharged(String body, Code code, boolean retryable, Charged charged) {
    Step.Failed failed = assertInstanceOf(Step.Failed.class, check("image_generation", body));
    assertEquals(code, failed.code());
    assertEquals(retryable, failed.retryable());
    assertEquals(charged, failed.charged());
  }
}
