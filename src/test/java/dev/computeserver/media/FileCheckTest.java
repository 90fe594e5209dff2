package dev.computeserver.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.MediaKind;
import dev.computeserver.media.FileCheck.Finding;
import dev.computeserver.media.FileCheck.Fit;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileCheckTest {
  private static final String PNG = "\u0089PNG\r\n\u001a\n\0\0\0\rIHDR";
  private static final String MP4 = "\0\0\0\u0018ftypisom\0\0\2\0isommp41";
  private static final String UNKNOWN = "\u0001\u0002\u00fe\u00ff\u0080\0\0\u0003";

  private static Finding of(MediaKind wanted, boolean alone, String head, String... claims) {
    return new FileCheck(Optional.ofNullable(wanted), alone).of(head.getBytes(StandardCharsets.ISO_8859_1), List.of(claims));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "{\"error\":{\"message\":\"expired\"}}", "[{\"detail\":\"no\"}]", "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>",
      "<!DOCTYPE html><html>", "Not found", "Error: the file has expired"})
  void whatCanBeReadIsNoMediumWhateverItIsCalled(String text) {
    for (MediaKind kind : MediaKind.values()) {
      for (String claim : List.of("image/png", "video/mp4", "audio/mpeg", "model/gltf-binary", "application/octet-stream", "model/obj")) {
        Finding found = of(kind, true, text, claim);
        assertEquals(Fit.NO_FILE, found.fit(), () -> text + " called " + claim + " for " + kind);
        assertTrue(found.why().contains(text.substring(0, 5)), found.why());
      }
    }
  }

  @Test
  void nothingIsNoFileOfAnyKind() {
    assertEquals(Fit.NO_FILE, of(MediaKind.IMAGE, true, "", "image/png").fit());
    assertEquals(Fit.NO_FILE, of(null, false, "").fit());
  }

  @Test
  void aClaimThatFitsTheBytesWins() {
    assertEquals("image/png", of(MediaKind.IMAGE, true, PNG, "image/jpeg", "text/html").contentType());
    assertEquals("audio/mp4", of(MediaKind.AUDIO, true, MP4, "audio/mp4").contentType());
    assertEquals("audio/mp4", of(MediaKind.AUDIO, true, MP4).contentType(), "a container of sound where sound was asked for");
    assertEquals("video/mp4", of(MediaKind.VIDEO, true, MP4, "application/octet-stream").contentType());
    assertEquals("audio/pcm", of(MediaKind.AUDIO, true, UNKNOWN, "audio/pcm").contentType());
    assertEquals("application/octet-stream", of(MediaKind.MODEL, true, UNKNOWN, "text/plain").contentType());
  }

  @Test
  void textsThatAreMediaAreTakenForThem() {
    assertEquals("image/svg+xml", of(MediaKind.IMAGE, true, "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\">").contentType());
    assertEquals(Fit.RIGHT, of(MediaKind.MODEL, true, "# a cube\nv 0.0 0.0 1.0\nv 1.0 0.0 0.0\n", "text/plain").fit());
    assertEquals(Fit.RIGHT, of(MediaKind.MODEL, true, "{\"asset\":{\"version\":\"2.0\"},\"scenes\":[]}", "model/gltf+json").fit());
    assertEquals(Fit.RIGHT, of(null, true, "{\"any\":\"data\"}", "application/json").fit());
  }

  @Test
  void whatIsCalledAPictureWithoutItsSignatureIsNone() {
    assertEquals(Fit.NO_FILE, of(MediaKind.IMAGE, true, UNKNOWN, "image/png").fit());
    assertEquals(Fit.RIGHT, of(MediaKind.IMAGE, true, UNKNOWN, "application/octet-stream").fit());
  }

  @Test
  void aFileOfAnotherKindMayStandBesideTheRightOneOnly() {
    assertEquals(Fit.OTHER_KIND, of(MediaKind.VIDEO, false, PNG, "image/png").fit());
    assertEquals(Fit.NO_FILE, of(MediaKind.VIDEO, true, PNG, "image/png").fit());
    assertEquals(Fit.RIGHT, of(MediaKind.VIDEO, true, "GIF89a\1\0\1\0", "image/gif").fit(), "it may move");
    assertEquals(Fit.RIGHT, of(MediaKind.MODEL, true, "PK\u0003\u0004\u0014\0\0\0", "application/zip").fit());
  }
}
