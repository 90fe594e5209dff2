package dev.computeserver.media;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureSizeTest {

  private static byte[] picture(String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(300, 200, BufferedImage.TYPE_INT_RGB), format, out);
    return out.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpeg"})
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

  @Test
  void knowsNothingOfOtherFilesAndOfDamagedOnes() throws IOException {
    assertEquals(Optional.empty(), PictureSize.of("GIF89a".getBytes()));
    assertEquals(Optional.empty(), PictureSize.of(new byte[0]));
    assertEquals(Optional.empty(), PictureSize.of(Arrays.copyOf(picture("jpeg"), 30)));
    assertEquals(Optional.empty(), PictureSize.of(Arrays.copyOf(picture("png"), 18)));
  }
}
