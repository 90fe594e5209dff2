package dev.computeserver.outbound;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecodingTest {
  private static final byte[] TEXT = new byte[300_000];

  static {
    // Half of it can be packed.
    new Random(7).nextBytes(TEXT);
    Arrays.fill(TEXT, 0, 150_000, (byte) 'a');
  }

  private static byte[] packed(String coding, byte[] plain) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = switch (coding) {
      case "gzip", "X-GZIP" -> new GZIPOutputStream(packed);
      case "deflate" -> new DeflaterOutputStream(packed);
      case "deflate, bare" -> new DeflaterOutputStream(packed, new Deflater(9, true));
      default -> packed;
    }) {
      out.write(plain);
    }
    return packed.toByteArray();
  }

  private static byte[] unpacked(Decoding decoding, byte[] packed, int chunk) throws IOException {
    Buffer all = Buffer.buffer();
    Buffer whole = Buffer.buffer(packed);
    for (int at = 0; at < packed.length; at += chunk) {
      decoding.add(whole.slice(at, Math.min(packed.length, at + chunk)));
      for (Buffer piece = decoding.next(); piece != null; piece = decoding.next()) {
        all.appendBuffer(piece);
      }
    }
    decoding.end();
    return all.getBytes();
  }

  @ParameterizedTest
  @ValueSource(strings = {"identity", "gzip", "X-GZIP", "deflate", "deflate, bare"})
  void whatWasPackedIsAsItWas(String coding) throws IOException {
    for (int chunk : new int[] {1, 1_000, 65_536, 1_000_000}) {
      try (Decoding decoding = Decoding.of(coding.split(",")[0])) {
        assertArrayEquals(TEXT, unpacked(decoding, packed(coding, TEXT), chunk));
      }
    }
  }

  @Test
  void whatWasPackedTwiceIsUnpackedTwice() throws IOException {
    byte[] twice = packed("gzip", packed("deflate", TEXT));
    for (int chunk : new int[] {1, 1_000, 1_000_000}) {
      try (Decoding decoding = Decoding.of("deflate, Identity , gzip")) {
        assertArrayEquals(TEXT, unpacked(decoding, twice, chunk));
      }
    }
    assertThrows(IOException.class, () -> Decoding.of("gzip, gzip, gzip, gzip"));
    try (Decoding decoding = Decoding.of("gzip, br")) {
      assertThrows(IOException.class, () -> unpacked(decoding, twice, 1_000));
    }
    try (Decoding decoding = Decoding.of("gzip,gzip")) {
      assertThrows(IOException.class, () -> unpacked(decoding, packed("gzip", Arrays.copyOf(packed("gzip", TEXT), 1_000)), 1_000));
    }
  }

  @Test
  void whatUnfoldsTwiceComesInPiecesToo() throws IOException {
    try (Decoding decoding = Decoding.of("gzip, gzip")) {
      decoding.add(Buffer.buffer(packed("gzip", packed("gzip", new byte[50_000_000]))));
      long taken = 0;
      for (Buffer piece = decoding.next(); piece != null; piece = decoding.next()) {
        assertTrue(piece.length() <= 1 << 20, "a piece of " + piece.length());
        taken += piece.length();
      }
      assertEquals(50_000_000, taken);
    }
  }

  @Test
  void aFewBytesThatUnfoldToManyComeInPieces() throws IOException {
    byte[] bomb = packed("gzip", new byte[50_000_000]);
    try (Decoding decoding = Decoding.of("gzip")) {
      decoding.add(Buffer.buffer(bomb));
      long taken = 0;
      for (Buffer piece = decoding.next(); piece != null; piece = decoding.next()) {
        assertTrue(piece.length() <= 1 << 20, "a piece of " + piece.length());
        taken += piece.length();
      }
      assertEquals(50_000_000, taken);
    }
  }

  @Test
  void whatBreaksOffOrIsNotPackedIsNotTaken() throws IOException {
    byte[] packed = packed("gzip", TEXT);
    try (Decoding decoding = Decoding.of("gzip")) {
      assertThrows(IOException.class, () -> unpacked(decoding, Buffer.buffer(packed).getBytes(0, packed.length - 10), 1_000));
    }
    try (Decoding decoding = Decoding.of("gzip")) {
      assertThrows(IOException.class, () -> unpacked(decoding, TEXT, 1_000));
    }
    for (byte[] unknown : new byte[][] {TEXT, {7, 7, 7}}) {
      try (Decoding decoding = Decoding.of("br")) {
        assertThrows(IOException.class, () -> unpacked(decoding, unknown, 1_000));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "utf-8", "none", "aws-chunked", "identity, utf-8", "binary", "null", "UTF-8, 8bit"})
  void whatIsNoCodingMeansNothing(String coding) throws IOException {
    for (int chunk : new int[] {1, 1_000, 1_000_000}) {
      try (Decoding decoding = Decoding.of(coding)) {
        assertArrayEquals(TEXT, unpacked(decoding, TEXT, chunk));
      }
      try (Decoding decoding = Decoding.of(coding + ", gzip")) {
        assertArrayEquals(TEXT, unpacked(decoding, packed("gzip", TEXT), chunk));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate", "x-gzip", "br", "zstd", "gzip, gzip"})
  void theBytesTellWhatIsNotPackedAtAll(String coding) throws IOException {
    for (String plain : new String[] {"{}", "{\"a\":1}", "[{\"a\":1}]", " \n{\n \"a\": 1}", "\u00ef\u00bb\u00bf{\"a\":1}", "\u0089PNG\r\n\u001a\n rest", "\u00ff\u00d8\u00ff\u00e0 rest",
        "\0\0\0\u0018ftypisom", "ID3\4 rest", "glTF\2\0\0\0"}) {
      byte[] bytes = plain.getBytes(StandardCharsets.ISO_8859_1);
      for (int chunk : new int[] {1, 5, 1_000}) {
        try (Decoding decoding = Decoding.of(coding)) {
          assertArrayEquals(bytes, unpacked(decoding, bytes, chunk), () -> plain + " in pieces of " + chunk);
        }
      }
    }
  }

  @Test
  void whatIsPackedOnceAndSaidToBeTwiceIsUnpackedOnce() throws IOException {
    byte[] json = "{\"a\":1}".getBytes(StandardCharsets.ISO_8859_1);
    try (Decoding decoding = Decoding.of("gzip, gzip")) {
      assertArrayEquals(json, unpacked(decoding, packed("gzip", json), 7));
    }
  }

  @Test
  void nothingAtAllIsNothingPacked() throws IOException {
    try (Decoding decoding = Decoding.of("gzip")) {
      assertEquals(0, unpacked(decoding, new byte[0], 1).length);
    }
  }
}
