package dev.computeserver.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.MediaKind;
import dev.computeserver.media.FileCheck.Finding;
import dev.computeserver.media.FileCheck.Fit;
import dev.computeserver.support.TestFiles;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileCheckTest {
  private static final String PNG = "\u0089PNG\r\n\u001a\n\0\0\0\rIHDR...IEND...";
  private static final String MP4 = "\0\0\0\u0018ftypisom\0\0\2\0isommp41";
  private static final String UNKNOWN = "\u0001\u0002\u00fe\u00ff\u0080\0\0\u0003";

  private static Finding of(MediaKind wanted, boolean alone, String file, String... claims) {
    return of(wanted, alone, file.getBytes(StandardCharsets.ISO_8859_1), claims);
  }

  private static Finding of(MediaKind wanted, boolean alone, byte[] file, String... claims) {
    return new FileCheck(Optional.ofNullable(wanted), alone).of(FileEnds.of(Buffer.buffer(file)), List.of(claims));
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

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"MODEL|<COLLADA xmlns='x'>|model/vnd.collada+xml", "MODEL|<X3D profile='x'>|model/x3d+xml", "MODEL|#VRML V2.0 utf8|model/vrml",
      "IMAGE|%!PS-Adobe-3.0 EPSF-3.0|image/x-eps", "AUDIO|RIFX0000WAVEfmt|audio/wav", "VIDEO|RIFX0000AVI LIST|video/x-msvideo"})
  void whatIsWrittenOrTurnedRoundIsTakenForWhatItIs(MediaKind wanted, String file, String type) {
    for (String claim : List.of("application/octet-stream", "text/xml", "application/postscript", type)) {
      Finding found = of(wanted, true, file, claim);
      assertEquals(Fit.RIGHT, found.fit(), () -> claim + ": " + found.why());
      assertEquals(type, found.contentType());
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"VIDEO|#EXTM3U|application/vnd.apple.mpegurl|playlist", "AUDIO|#EXTM3U|application/vnd.apple.mpegurl|playlist",
      "VIDEO|<MPD xmlns='x'>|application/dash+xml|playlist", "IMAGE|%!PS-Adobe-3.0|application/postscript|postscript", "IMAGE|<COLLADA>|image/png|collada",
      "VIDEO|#EXTM3U|audio/mpegurl|playlist", "VIDEO|#EXTM3U|application/x-mpegurl|playlist"})
  void whatIsAnotherThingIsRefusedByItsName(MediaKind wanted, String file, String claim, String name) {
    Finding found = of(wanted, true, file, claim, "application/octet-stream");
    assertEquals(Fit.NO_FILE, found.fit());
    assertTrue(found.why().contains(name), found.why());
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

  @ParameterizedTest
  @CsvSource({"IMAGE, image/png", "IMAGE, image/jpg", "IMAGE, image/avif", "VIDEO, video/mp4", "VIDEO, video/webm", "VIDEO, video/quicktime", "VIDEO, video/x-matroska",
      "VIDEO, video/x-msvideo", "AUDIO, audio/mpeg", "AUDIO, audio/mp3", "AUDIO, audio/wav", "AUDIO, audio/x-wav", "AUDIO, audio/flac", "AUDIO, audio/ogg",
      "AUDIO, audio/aac", "AUDIO, audio/mp4", "AUDIO, audio/x-m4a", "AUDIO, audio/webm", "MODEL, model/gltf-binary"})
  void whatIsCalledByAFormatThatShowsItselfShowsItself(MediaKind kind, String claim) {
    byte[] random = new byte[100_000];
    for (int seed = 0; seed < 100; seed++) {
      new Random(seed).nextBytes(random);
      random[0] = 1;
      assertEquals(Fit.NO_FILE, of(kind, true, random, claim).fit());
      assertEquals(Fit.NO_FILE, of(kind, true, random, claim + "; codecs=any", "application/octet-stream").fit());
    }
    for (String archive : List.of("PK\u0003\u0004\u0014\0\0\0", "\u001f\u008b\b\0", "7z\u00bc\u00af'\u001c", "Rar!\u001a\u0007")) {
      assertEquals(kind == MediaKind.MODEL ? Fit.RIGHT : Fit.NO_FILE, of(kind, true, archive, claim).fit(), archive);
    }
  }

  @Test
  void formatsThatNothingTellsAreBelieved() {
    for (String claim : List.of("audio/pcm", "audio/L16; rate=24000", "audio/basic", "audio/opus", "application/octet-stream")) {
      assertEquals(Fit.RIGHT, of(MediaKind.AUDIO, true, UNKNOWN, claim).fit(), claim);
    }
    assertEquals("model/stl", of(MediaKind.MODEL, true, UNKNOWN, "model/stl").contentType());
    assertEquals(Fit.RIGHT, of(MediaKind.IMAGE, true, "PK\u0003\u0004\u0014\0\0\0", "application/zip").fit(), "many pictures");
    assertEquals(Fit.RIGHT, of(MediaKind.VIDEO, true, "PK\u0003\u0004\u0014\0\0\0", "application/octet-stream").fit());
    for (String begin : List.of("\0\0\0\bfree", "\0\0\0\u0018styp", "\0\0\0\u0018moof", "\u0001\0\0\0mdat")) {
      assertEquals("video/mp4", of(MediaKind.VIDEO, true, begin + "0000000000", "video/mp4").contentType(), begin);
    }
  }

  @Test
  void aSoundBehindJunkIsASound() {
    String frames = ("\u00ff\u00fb\u0090\u0064" + "\u0001".repeat(413)).repeat(8);
    for (String junk : List.of("", "\0".repeat(1_000), "\u0001\u0002\u0003", "APETAGEX\u00d0\u0007\0\0")) {
      assertEquals("audio/mpeg", of(MediaKind.AUDIO, true, junk + frames, "audio/mpeg").contentType());
      assertEquals(Fit.RIGHT, of(MediaKind.AUDIO, true, junk + frames, "audio/mp3").fit());
    }
  }

  @ParameterizedTest
  @CsvSource({"png, image/png", "jpg, image/jpeg", "gif, image/gif"})
  void aPictureThatBreaksOffIsNone(String format, String type) {
    byte[] whole = TestFiles.picture(format);
    byte[] more = Arrays.copyOf(whole, whole.length + 30);
    assertEquals(type, of(MediaKind.IMAGE, true, whole, type).contentType());
    assertEquals(type, of(MediaKind.IMAGE, true, more, type).contentType(), "what stands behind it is nobody's business");
    for (int length = 25; length < whole.length - 8; length++) {
      Finding cut = of(MediaKind.IMAGE, true, Arrays.copyOf(whole, length), type);
      assertEquals(Fit.NO_FILE, cut.fit());
      assertEquals("it breaks off after " + length + " bytes", cut.why());
    }
    assertEquals(Fit.NO_FILE, of(MediaKind.IMAGE, true, Arrays.copyOf(TestFiles.picture("png"), 20), "image/png").fit());
  }

  @Test
  void aPictureOfWebPIsAsLongAsItSays() {
    String picture = "RIFF\u0020\0\0\0WEBPVP8L" + "x".repeat(24);
    assertEquals("image/webp", of(MediaKind.IMAGE, true, picture, "image/webp").contentType());
    assertEquals(Fit.NO_FILE, of(MediaKind.IMAGE, true, picture.substring(0, 30), "image/webp").fit());
  }

  @Test
  void theEndsOfALongFileAreKept() {
    FileEnds ends = new FileEnds();
    byte[] picture = TestFiles.png(300_000);
    for (int at = 0; at < picture.length; at += 7_000) {
      ends.add(Buffer.buffer(Arrays.copyOfRange(picture, at, Math.min(picture.length, at + 7_000))));
    }
    assertEquals(300_000, ends.length());
    assertEquals(FileType.HEAD, ends.head().length);
    assertFalse(ends.breaksOff());
    ends.add(Buffer.buffer(new byte[20_000]));
    assertTrue(ends.breaksOff());
  }

  @Test
  void aFileOfAnotherKindMayStandBesideTheRightOneOnly() {
    assertEquals(Fit.OTHER_KIND, of(MediaKind.VIDEO, false, PNG, "image/png").fit());
    assertEquals(Fit.NO_FILE, of(MediaKind.VIDEO, true, PNG, "image/png").fit());
    assertEquals(Fit.RIGHT, of(MediaKind.VIDEO, true, "GIF89a\1\0\1\0", "image/gif").fit(), "it may move");
    assertEquals(Fit.RIGHT, of(MediaKind.MODEL, true, "PK\u0003\u0004\u0014\0\0\0", "application/zip").fit());
  }
}
