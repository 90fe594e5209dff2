package dev.computeserver.media;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PictureSizeTest {

  private static byte[] picture(String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(300, 200, BufferedImage.TYPE_INT_RGB), format, out);
    return out.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpeg", "gif", "bmp", "tiff"})
  void readsWidthAndHeightFromTheHead(String format) throws IOException {
    assertEquals(Optional.of(new PictureSize(300, 200)), PictureSize.of(picture(format)));
  }

  @Test
  void readsTheThreeKindsOfWebp() {
    String riff = "524946460000000057454250";
    assertEquals(Optional.of(new PictureSize(300, 200)),
        PictureSize.of(HexFormat.of().parseHex(riff + "56503858" + "0a000000" + "00000000" + "2b0100" + "c70000")));
    assertEquals(Optional.of(new PictureSize(300, 200)),
        PictureSize.of(HexFormat.of().parseHex(riff + "56503820" + "00000000" + "000000" + "9d012a" + "2c01" + "c800")));
    assertEquals(Optional.of(new PictureSize(300, 200)),
        PictureSize.of(HexFormat.of().parseHex(riff + "5650384c" + "00000000" + "2f" + "2bc13100" + "00")));
  }

  @ParameterizedTest
  @CsvSource({"0, 300", "1, 300", "3, 300", "4, 300", "5, 200", "6, 200", "8, 200", "9, 300"})
  void aPictureThatLiesOnItsSideCountsAsItStands(int orientation, int width) throws IOException {
    Optional<PictureSize> expected = Optional.of(new PictureSize(width, 500 - width));
    assertEquals(expected, PictureSize.of(ExifFiles.jpeg(picture("jpeg"), orientation)));
    assertEquals(expected, PictureSize.of(ExifFiles.png(picture("png"), orientation)));
    String exif = HexFormat.of().formatHex(ExifFiles.exif(orientation));
    String size = "56503858" + "0a000000" + "08000000" + "2b0100" + "c70000";
    String head = "524946460000000057454250" + size;
    assertEquals(expected, PictureSize.of(HexFormat.of().parseHex(head + "45584946" + "1a000000" + exif)));
    assertEquals(expected, PictureSize.of(HexFormat.of().parseHex(head + "45584946" + "20000000" + "457869660000" + exif)));
  }

  @Test
  void readsTiffsOfBothByteOrders() {
    String little = "49492a0008000000" + "0300" + "0001030001000000" + "2c010000" + "0101040001000000" + "c8000000" + "1201030001000000" + "06000000" + "00000000";
    assertEquals(Optional.of(new PictureSize(200, 300)), PictureSize.of(HexFormat.of().parseHex(little)));
    String big = "4d4d002a00000008" + "0002" + "0100000400000001" + "0000012c" + "0101000300000001" + "00c80000" + "00000000";
    assertEquals(Optional.of(new PictureSize(300, 200)), PictureSize.of(HexFormat.of().parseHex(big)));
  }

  @ParameterizedTest
  @CsvSource({"00, 300", "01, 200", "02, 300", "03, 200"})
  void readsHeicAndAvifWithTheirTurns(String turn, int width) {
    String file = "00000010" + hex("ftypavif") + "00000000" + "0000004d" + hex("meta") + "00000000" + "00000041" + hex("iprp") + "00000039" + hex("ipco")
        + "00000014" + hex("ispe") + "00000000" + "00000040" + "00000040" + "00000014" + hex("ispe") + "00000000" + "0000012c" + "000000c8" + "00000009" + hex("irot") + turn;
    assertEquals(Optional.of(new PictureSize(width, 500 - width)), PictureSize.of(HexFormat.of().parseHex(file)));
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(text.getBytes());
  }

  @Test
  void isNotLedAstrayByBoxesInBoxes() {
    ByteBuffer nested = ByteBuffer.allocate(800_012).putInt(12).put("ftypheic".getBytes());
    while (nested.remaining() > 8) {
      nested.putInt(nested.remaining()).put((nested.position() < 20 ? "meta" : "ipco").getBytes());
    }
    assertEquals(Optional.empty(), PictureSize.of(nested.array()));
  }

  @Test
  void knowsNothingOfOtherFilesAndOfDamagedOnes() throws IOException {
    assertEquals(Optional.empty(), PictureSize.of("GIF89a".getBytes()));
    assertEquals(Optional.empty(), PictureSize.of("no picture".getBytes()));
    assertEquals(Optional.empty(), PictureSize.of(new byte[0]));
    for (String format : new String[] {"png", "jpeg", "gif", "bmp", "tiff"}) {
      byte[] whole = picture(format);
      for (int length = 0; length < Math.min(whole.length, 400); length++) {
        byte[] start = Arrays.copyOf(whole, length);
        assertDoesNotThrow(() -> PictureSize.of(start));
      }
      assertEquals(Optional.empty(), PictureSize.of(Arrays.copyOf(whole, 8)));
    }
    assertEquals(Optional.of(new PictureSize(300, 200)), PictureSize.of(ExifFiles.jpeg(picture("jpeg"), 1)));
  }
}
