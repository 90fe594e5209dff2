package dev.computeserver.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileTypeTest {

  private static byte[] bytes(String head) {
    return head.replace("_R_", "\r").replace("_N_", "\n").replace("_0_", "\0").getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String typeOf(String head, String claimed) {
    return FileType.of(bytes(head), claimed);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = false, value = {
      "\u0089PNG_R__N_\u001a_N_0|image/png", "\u00ff\u00d8\u00ff\u00e0|image/jpeg", "GIF89a|image/gif", "RIFF0000WEBPVP8|image/webp",
      "RIFF0000WAVEfmt|audio/wav", "RIFF0000AVI LIST|video/x-msvideo", "\u0000\u0000\u0000\u001cftypavif|image/avif", "0000ftypM4A 00|audio/mp4",
      "0000ftypqt  00|video/quicktime", "0000ftypisom0|video/mp4", "\u001aE\u00df\u00a3|video/webm", "glTF0000|model/gltf-binary", "OggS00|audio/ogg",
      "fLaC00|audio/flac", "ID3\u0004|audio/mpeg", "\u00ff\u00fb\u0090|audio/mpeg", "<!DOCTYPE html><html>|text/html", " _N_<HTML lang=en>|text/html",
      "II*_0_|image/tiff", "MM_0_*|image/tiff", "BM0000_0__0__0__0_0000(_0__0__0_|image/bmp", "_0__0__0_\u0018ftypheic|image/heic",
      "_0__0__0_\u001cftypmif1_0__0__0__0_mif1heic|image/heic", "_0__0__0_\u001cftypmif1_0__0__0__0_mif1avif|image/avif", "_0__0__0_\u0018ftypmif1|image/heif",
      "_0__0__0_\u0014ftypavis|image/avif", "0000ftyp3gp5|video/3gpp", "0000ftypcrx |image/x-canon-cr3", "0000moov0000|video/quicktime",
      "FORM0000AIFF|audio/aiff", "FORM0000AIFC|audio/aiff", "\u00ff\u00f1\u0050|audio/aac", "\u00ff\u00f9\u0050|audio/aac", "\u00ff\u00f3\u0090|audio/mpeg",
      "\u00ff\u00fd\u0090|audio/mpeg", "#!AMR_N_|audio/amr", "MThd|audio/midi", "OggS00000000OpusHead|audio/ogg", "OggS00000\u0080theora|video/ogg",
      "\u001aE\u00df\u00a3\u0042\u0082\u0084webm|video/webm", "\u001aE\u00df\u00a3\u0042\u0082\u0088matroska|video/x-matroska",
      "ply_N_format|model/ply", "solid box_N_ facet normal|model/stl", "# Blender_N_mtllib a.mtl|model/obj", "v 1.0 2.0 3.0_N_v|model/obj",
      "{\"asset\":{\"version\":\"2.0\"}}|model/gltf+json", "PK\u0003\u0004000000000000000000000000_N__0__0__0_model.usdc|model/vnd.usdz+zip",
      "PK\u0003\u0004|application/zip", "%PDF-1.7|application/pdf", "\u001f\u008b\b|application/gzip", "\u00ef\u00bb\u00bf<!doctype HTML>|text/html",
      "<!-- a --> <!-- b --><html>|text/html", "<p>Gone</p>|text/html", "<svg xmlns=x>|image/svg+xml", "<?xml version='1.0'?>_N_<!-- a --><svg >|image/svg+xml",
      "<?xml version='1.0'?><Error><Code>AccessDenied</Code>|application/xml", "<Error><Code>|application/xml", "{\"error\": \"gone\"}|application/json",
      "[{\"a\":1}]|application/json", "Not Found|text/plain", "WEBVTT_N_|text/vtt",
      "<?xml version='1.0'?>_N_<COLLADA xmlns='x'>|model/vnd.collada+xml", "<!-- a --><collada:COLLADA xmlns:collada='x'>|model/vnd.collada+xml",
      "<?xml version='1.0'?><!DOCTYPE X3D PUBLIC 'ISO//Web3D//DTD X3D 3.3//EN' 'x'><X3D profile='x'>|model/x3d+xml", "#X3D V3.3 utf8_N_|model/x3d-vrml",
      "#VRML V2.0 utf8_N_|model/vrml", "%!PS-Adobe-3.0 EPSF-3.0_N_%%BoundingBox: 0 0 1 1|image/x-eps", "\u00c5\u00d0\u00d3\u00c6 _0__0__0_|image/x-eps",
      "%!PS-Adobe-3.0_N_%%Pages: 1|application/postscript", "RIFX0000WAVEfmt|audio/wav", "#EXTM3U_N_#EXT-X-VERSION:3|application/vnd.apple.mpegurl",
      "<?xml version='1.0'?><MPD xmlns='x'>|application/dash+xml"})
  void theBytesSayMoreThanTheClaim(String head, String type) {
    assertEquals(type, typeOf(head, "image/x-wrong"));
    assertEquals(type, typeOf(head, null));
    assertEquals(type, typeOf(head, "application/octet-stream"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = false, value = {
      "\u001aE\u00df\u00a3|audio/webm", "0000ftypisom0|audio/mp4", "0000ftypmp42|audio/x-m4a", "0000ftypM4V |video/x-m4v", "0000ftyp3gp5|audio/3gpp",
      "OggS00|video/ogg", "OggS00000000OpusHead|audio/opus", "_0__0__0_\u0018ftypheic|image/heif", "ID3\u0004|audio/aac", "{}|application/geo+json", "{}|text/plain",
      "{\"asset\":{}}|model/gltf+json", "a,b_N_1,2|text/csv", "PK\u0003\u0004|model/3mf",
      "<html xmlns=a>|application/xhtml+xml", "<feed>|application/atom+xml", "v 0 0 0|model/obj", "newmtl a|model/mtl", "\u0001\u0002|image/x-unheard-of"})
  void aClaimThatFitsTheBytesWins(String head, String claim) {
    assertEquals(claim, typeOf(head, claim + "; a=b"));
    assertTrue(FileType.fits(bytes(head), claim));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = false, value = {
      "\u0089PNG_R__N_\u001a_N_|image/jpeg", "{\"a\":1}|image/png", "<html>|application/json", "<html>|text/plain", "<Error>|image/svg+xml", "Not Found|image/png",
      "Not Found|text/html", "\u0001\u0002|text/html", "\u0001\u0002|application/json", "0000ftypisom0|image/heic", "0000ftypqt  |video/mp4",
      "\u001aE\u00df\u00a3\u0086\u0085V_VP8|audio/webm", "PK\u0003\u0004|image/png"})
  void aClaimThatDoesNotFitCountsForNothing(String head, String claim) {
    assertFalse(FileType.fits(bytes(head), claim));
  }

  @Test
  void whatIsInsideAContainerTellsSoundFromFilms() {
    assertEquals("audio/webm", typeOf("\u001aE\u00df\u00a3....webm....\u0086\u0086A_OPUS", "video/webm"));
    assertEquals("video/webm", typeOf("\u001aE\u00df\u00a3....webm....\u0086\u0086A_OPUS\u0086\u0085V_VP9", "audio/webm"));
    assertEquals("audio/mp4", typeOf("0000ftypisom0moov0hdlr00000000soun", "video/mp4"));
    assertEquals("video/mp4", typeOf("0000ftypisom0moov0hdlr00000000soun0hdlr00000000vide", "audio/mp4"));
    assertEquals("audio/mp4", typeOf("0000ftypisom0moov0hdlr00000000soun" + "0".repeat(FileType.HEAD), "audio/mp4"), "a film may follow");
  }

  @Test
  void theClaimCountsWhereTheBytesSayNothing() {
    assertEquals("application/json", typeOf("{}", "application/json; charset=utf-8"));
    assertEquals("model/obj", typeOf("v 0 0 0", "Model/OBJ"));
    assertEquals("model/stl", typeOf("_0__0__0_", "model/stl"));
    assertEquals("image/png", typeOf("_0__0__0_", "image/png"));
  }

  @Test
  void anOddClaimOrNoneIsJustBytes() {
    assertEquals("application/octet-stream", typeOf("_0_abc", null));
    assertEquals("application/octet-stream", typeOf("_0_abc", "no type\r\nX-Header: 1"));
    assertEquals("application/octet-stream", typeOf("", ""));
    assertEquals("text/plain", typeOf("abc", "no type\r\nX-Header: 1"));
  }

  @Test
  void aHeadThatEndsWithinALetterIsTextStill() {
    byte[] text = "ü".repeat(FileType.HEAD).getBytes(StandardCharsets.UTF_8);
    assertEquals("text/plain", FileType.of(Arrays.copyOf(text, 4095), null));
    assertEquals("text/plain", FileType.of("\ufeffGone".getBytes(StandardCharsets.UTF_16LE), null));
    assertEquals("application/octet-stream", FileType.of(new byte[] {'a', (byte) 0xff, 'b'}, null));
  }

  @ParameterizedTest
  @CsvSource({"image/png, IMAGE", "video/mp4, VIDEO", "audio/ogg, AUDIO", "model/gltf+json, MODEL", "image/svg+xml, IMAGE", "text/html, TEXT", "application/json, TEXT",
      "application/problem+json, TEXT", "application/xml, TEXT", "application/zip, OTHER", "application/pdf, OTHER", "application/octet-stream, UNKNOWN", "nonsense, UNKNOWN"})
  void eachTypeIsGoodForSomething(String type, FileType.Kind kind) {
    assertEquals(kind, FileType.kind(type));
  }

  @Test
  void theBytesTellWhatAFileIsGoodFor() {
    assertEquals(FileType.Kind.TEXT, FileType.kind(bytes("<html>"), "image/png"));
    assertEquals(FileType.Kind.IMAGE, FileType.kind(bytes("GIF89a"), "text/html"));
    assertEquals(FileType.Kind.UNKNOWN, FileType.kind(bytes("_0_"), null));
  }
}
