package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.support.TestFiles;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Replies that are the file themselves: their bytes say so, whatever their header does. */
class BareFilesTest {
  private static final Buffer MP3 = Buffer.buffer("ID3\u0004\0\0fox".getBytes(StandardCharsets.ISO_8859_1));
  private static final Buffer PNG = Buffer.buffer(TestFiles.png());
  /** What nothing begins as, and no text could hold. */
  private static final Buffer SAMPLES = Buffer.buffer(new byte[] {1, 0, 2, 0, 3, 0, 2, 0, 1, 0});
  private static final String SPEECH = "{\"text\":\"hello\",\"voice\":\"voice_a\"}";
  private static final Map<String, Exchange> ASKED = Map.of(
      "openai", new Openai().submit(Asking.of("speech_synthesis", "gpt-4o-mini-tts", SPEECH)),
      "elevenlabs", new ElevenLabs().submit(Asking.of("speech_synthesis", "eleven_v3", SPEECH)),
      "kept speech", new ElevenLabs().check(new Job("h", new JsonObject().put("kind", "history").put("content_type", "audio/mpeg"))),
      "hub, speech", new HuggingFace().submit(Asking.of("speech_synthesis", "together:a/b", "{\"text\":\"hello\"}")),
      "hub, picture", new HuggingFace().submit(Asking.of("image_generation", "hf-inference:a/b", "{\"prompt\":\"p\"}")),
      "stability", new Stability().submit(Asking.of("image_generation", "core", "{\"prompt\":\"p\"}")),
      "stability's job", new Stability().check(new Job("j", new JsonObject().put("result", "/v2beta/results/j"))));

  static Stream<String> providers() {
    return ASKED.keySet().stream();
  }

  private static String told(String provider, Buffer body, String type) {
    MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    return Told.by(ASKED.get(provider), new Reply(200, type.isEmpty() ? headers : headers.add("Content-Type", type), body));
  }

  @ParameterizedTest
  @MethodSource("providers")
  void aFileIsTheFileWhateverItIsCalled(String provider) {
    for (String type : List.of("text/plain", "text/html; charset=utf-8", "application/json", "application/problem+json", "image/png", "audio/mpeg",
        "application/octet-stream", "")) {
      for (Buffer file : List.of(MP3, PNG, SAMPLES)) {
        assertEquals("done [here]", told(provider, file, type), () -> provider + " as " + type);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void wordsAreNoFileWhateverTheyAreCalled(String provider) {
    for (String type : List.of("image/png", "audio/mpeg", "application/octet-stream", "application/json", "text/plain", "")) {
      for (String words : List.of("{\"error\":\"gone\"}", " \n{\"error\":\"gone\"}", "<!DOCTYPE html><html>gone</html>", "<?xml version=\"1.0\"?><Error/>")) {
        String told = told(provider, Buffer.buffer(words), type);
        assertEquals(false, told.startsWith("done"), () -> words + " as " + type + ": " + told);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"image/png", "application/octet-stream", "text/plain", "application/json"})
  void aFileInJsonIsFoundWhateverTheReplyIsCalled(String type) {
    String base64 = Base64.getEncoder().encodeToString(PNG.getBytes());
    assertEquals("done [here]", told("stability", Buffer.buffer(new JsonObject().put("image", base64).encode()), type));
    assertEquals("done [here]", told("hub, picture", Buffer.buffer("{\"data\":[{\"b64_json\":\"" + base64 + "\"}]}"), type));
  }
}
