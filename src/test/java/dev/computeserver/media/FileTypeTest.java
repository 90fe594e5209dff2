package dev.computeserver.media;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileTypeTest {

  private static String typeOf(String head, String claimed) {
    return FileType.of(head.replace("_R_", "\r").replace("_N_", "\n").getBytes(StandardCharsets.ISO_8859_1), claimed);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = false, value = {
      "\u0089PNG_R__N_\u001a_N_0|image/png", "\u00ff\u00d8\u00ff\u00e0|image/jpeg", "GIF89a|image/gif", "RIFF0000WEBPVP8|image/webp",
      "RIFF0000WAVEfmt|audio/wav", "RIFF0000AVI LIST|video/x-msvideo", "\u0000\u0000\u0000\u001cftypavif|image/avif", "0000ftypM4A 00|audio/mp4",
      "0000ftypqt  00|video/quicktime", "0000ftypisom0|video/mp4", "\u001aE\u00df\u00a3|video/webm", "glTF0000|model/gltf-binary", "OggS00|audio/ogg",
      "fLaC00|audio/flac", "ID3\u0004|audio/mpeg", "\u00ff\u00fb\u0090|audio/mpeg", "<!DOCTYPE html><html>|text/html", " _N_<HTML lang=en>|text/html"})
  void theBytesSayMoreThanTheClaim(String head, String type) {
    assertEquals(type, typeOf(head, "text/plain"));
  }

  @Test
  void theClaimCountsWhereTheBytesSayNothing() {
    assertEquals("application/json", typeOf("{}", "application/json; charset=utf-8"));
    assertEquals("model/obj", typeOf("v 0 0 0", "Model/OBJ"));
  }

  @Test
  void anOddClaimOrNoneIsJustBytes() {
    assertEquals("application/octet-stream", typeOf("abc", null));
    assertEquals("application/octet-stream", typeOf("abc", "no type\r\nX-Header: 1"));
    assertEquals("application/octet-stream", typeOf("", ""));
  }
}
