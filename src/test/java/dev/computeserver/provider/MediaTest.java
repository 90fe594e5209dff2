package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestFiles;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MediaTest {
  private static final Buffer FILE = Buffer.buffer("a file of more than one line of seventy-six letters, as some encoders write them");

  @Test
  void base64IsReadInEachOfItsForms() {
    String lines = Base64.getMimeEncoder().encodeToString(FILE.getBytes());
    assertTrue(lines.contains("\r\n"));
    assertEquals(FILE, Media.ofBase64(lines, "image/png").content());
    assertEquals(FILE, Media.from("data:image/png;base64," + lines, null).content());
    Media uri = Media.ofBase64("data:image/webp;base64," + lines, "image/png");
    assertEquals(FILE, uri.content());
    assertEquals("image/webp", uri.contentType());
  }

  @Test
  void aLinkIsTakenWithoutTheBlanksAroundIt() {
    assertEquals("https://example.com/a.png", Media.from(" https://example.com/a.png\n", null).url());
  }

  /** In each order of the fields. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{\"b64_json\":\"%%%\",\"url\":\"https://f/0\"}|https://f/0", "{\"url\":\"https://f/0\",\"b64_json\":\"%%%\"}|https://f/0",
      "{\"b64_json\":\"\",\"url\":\"https://f/0\"}|https://f/0", "{\"b64_json\":{},\"url\":{\"url\":\"https://f/0\"}}|https://f/0",
      "{\"url\":null,\"b64_json\":\"eHl6\"}|here", "{\"url\":7,\"base64\":\"eHl6\"}|here", "{\"url\":\"data:image/png;base64,%%\",\"data\":\"eHl6\"}|here",
      "{\"b64_json\":\"https://f/0\"}|https://f/0", "{\"url\":\"\",\"image_url\":{\"url\":\"https://f/0\"}}|https://f/0", "{\"uri\":\"https://f/0\"}|https://f/0",
      "{\"b64_json\":\"%%%\",\"url\":null}|missing", "{\"seed\":7}|missing"})
  void ofSeveralWaysToAFileTheGoodOneIsTaken(String object, String file) {
    Media media = Media.named(new JsonObject(object), null);
    assertEquals(file, media.isMissing() ? "missing" : media.here() ? "here" : media.url());
  }

  @Test
  void aFileMayBeNamedInEachForm() {
    assertEquals(FILE, Media.named(Base64.getEncoder().encodeToString(FILE.getBytes()), null).content());
    assertTrue(Media.named("soon", null).isMissing());
    Media sized = Media.named(new JsonObject("{\"url\":\"https://f/0\",\"mimeType\":\"image/webp\",\"width\":\"8\",\"height\":4.0}"), "image/png");
    assertEquals(new Media("https://f/0", null, "image/webp", 8, 4, false, null), sized);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "%%%", "data:image/png;base64,", "data:image/png"})
  void whatIsNoFileIsMissing(String odd) {
    assertTrue(Media.ofBase64(odd, "image/png").isMissing());
  }

  @Test
  void aLinkWithoutItsHostIsNoPictureInBase64() {
    for (String link : List.of("/files/x.png", "//host.example/x.png", "/v1/files/" + "a".repeat(100) + "/content?token=1")) {
      assertEquals(link, Media.named(link, null).url());
    }
    String jpeg = Base64.getEncoder().encodeToString(TestFiles.picture("jpg"));
    assertTrue(jpeg.startsWith("/"));
    assertTrue(Media.named(jpeg, null).here());
  }
}
