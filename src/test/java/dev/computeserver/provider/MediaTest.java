package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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

  @ParameterizedTest
  @ValueSource(strings = {"", "%%%", "data:image/png;base64,", "data:image/png"})
  void whatIsNoFileIsMissing(String odd) {
    assertTrue(Media.ofBase64(odd, "image/png").isMissing());
  }
}
