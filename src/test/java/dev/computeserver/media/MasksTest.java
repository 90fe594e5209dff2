package dev.computeserver.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.media.PictureFile.Unreadable;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MasksTest {
  private static final int WHITE = 0xffffffff;
  private static final int BLACK = 0xff000000;
  private static final int CLEAR = 0;
  private static final int GREY = 0xff808080;

  private static PictureFile mask(String format, int... pixels) throws IOException {
    BufferedImage image = new BufferedImage(pixels.length, 1, format.equals("png") ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
    for (int x = 0; x < pixels.length; x++) {
      image.setRGB(x, 0, pixels[x]);
    }
    return PictureFile.of(encoded(image, format));
  }

  private static byte[] encoded(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, format, out);
    return out.toByteArray();
  }

  private static int[] pixels(byte[] png) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
    int[] pixels = new int[image.getWidth()];
    for (int x = 0; x < pixels.length; x++) {
      pixels[x] = image.getRGB(x, 0);
    }
    return pixels;
  }

  @Test
  void whiteBecomesTransparentAndTheRestOpaque() throws IOException {
    int[] result = pixels(Masks.whiteToTransparent(mask("png", WHITE, BLACK, CLEAR, GREY)));
    assertEquals(0, result[0] >>> 24);
    assertEquals(255, result[1] >>> 24);
    assertEquals(255, result[2] >>> 24, "what is not painted is kept");
    assertEquals(127, result[3] >>> 24, 2);
  }

  @Test
  void whiteAndBlackChangePlaces() throws IOException {
    int[] result = pixels(Masks.inverted(mask("png", WHITE, BLACK, CLEAR, GREY)));
    assertEquals(BLACK, result[0]);
    assertEquals(WHITE, result[1]);
    assertEquals(WHITE, result[2]);
    assertEquals(0x7f, result[3] & 0xff, 2);
  }

  @Test
  void takesAMaskWithoutTransparencyInAnotherFormat() throws IOException {
    assertEquals(WHITE, pixels(Masks.inverted(mask("bmp", BLACK, WHITE)))[0]);
  }

  @Test
  void greysStayAsTheyAreWritten() throws IOException {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setSample(0, 0, 0, 100);
    image.getRaster().setSample(1, 0, 0, 255);
    int[] result = pixels(Masks.inverted(PictureFile.of(encoded(image, "png"))));
    assertEquals(155, result[0] & 0xff);
    assertEquals(BLACK, result[1]);
  }

  @ParameterizedTest
  @CsvSource({"1, false, 0, 0", "2, false, 2, 0", "3, false, 2, 1", "4, false, 0, 1", "5, true, 0, 0", "6, true, 1, 0", "7, true, 1, 2", "8, true, 0, 2"})
  void aMaskIsBroughtUpright(int orientation, boolean swaps, int whiteX, int whiteY) throws IOException {
    BufferedImage image = new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, WHITE);
    byte[] turned = ExifFiles.png(encoded(image, "png"), orientation);
    BufferedImage result = ImageIO.read(new ByteArrayInputStream(Masks.inverted(PictureFile.of(turned))));
    assertEquals(swaps ? 2 : 3, result.getWidth());
    assertEquals(swaps ? 3 : 2, result.getHeight());
    for (int y = 0; y < result.getHeight(); y++) {
      for (int x = 0; x < result.getWidth(); x++) {
        assertEquals(x == whiteX && y == whiteY ? BLACK : WHITE, result.getRGB(x, y), x + "," + y);
      }
    }
    assertEquals(BLACK, PictureFile.of(encoded(ImageIO.read(new ByteArrayInputStream(Masks.inverted(PictureFile.of(turned)))), "png"))
        .upright().getRGB(whiteX, whiteY));
    assertEquals(WHITE, PictureFile.of(turned).upright().getRGB(whiteX, whiteY));
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "jpeg", "gif", "bmp"})
  void itsHeadTellsWhatDecodingTakes(String format) throws IOException {
    PictureFile file = PictureFile.of(encoded(new BufferedImage(300, 200, BufferedImage.TYPE_INT_RGB), format));
    assertEquals(60_000, file.pixels());
    assertEquals(format.equals("gif") ? 60_000 : 180_000, file.decodedBytes());
  }

  @Test
  void aHugeOneIsToldByItsHead() throws IOException {
    byte[] png = encoded(new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB), "png");
    ByteBuffer.wrap(png).putInt(16, 30_000).putInt(20, 30_000);
    CRC32 sum = new CRC32();
    sum.update(png, 12, 17);
    ByteBuffer.wrap(png).putInt(29, (int) sum.getValue());
    assertEquals(900_000_000, PictureFile.of(png).pixels());
    byte[] bmp = encoded(new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB), "bmp");
    ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).putInt(18, 20_000).putInt(22, 20_000);
    assertThrows(Unreadable.class, () -> PictureFile.of(bmp), "its pixels stand there as they are, or do not");
    byte[] jpeg = encoded(new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB), "jpeg");
    int frame = new String(jpeg, StandardCharsets.ISO_8859_1).indexOf("\u00ff\u00c0");
    ByteBuffer.wrap(jpeg).putShort(frame + 5, (short) 65_500).putShort(frame + 7, (short) 65_500);
    assertEquals(65_500L * 65_500, PictureFile.of(jpeg).pixels());
    byte[] gif = encoded(new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB), "gif");
    int image = new String(gif, StandardCharsets.ISO_8859_1).lastIndexOf(",\0\0\0\0\u0003\0\u0002\0");
    ByteBuffer.wrap(gif).order(ByteOrder.LITTLE_ENDIAN).putShort(image + 5, (short) 0xffff).putShort(image + 7, (short) 0xffff);
    assertEquals(65_535L * 65_535, PictureFile.of(gif).pixels());
  }

  @Test
  void saysWhatIsWrongWithWhatIsNoPicture() throws IOException {
    assertTrue(assertThrows(Unreadable.class, () -> PictureFile.of("no picture".getBytes())).getMessage().contains("format"));
    assertThrows(Unreadable.class, () -> PictureFile.of(new byte[0]));
    assertThrows(Unreadable.class, () -> PictureFile.of(encoded(new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB), "tiff")));
    byte[] png = encoded(new BufferedImage(300, 200, BufferedImage.TYPE_INT_RGB), "png");
    assertThrows(Unreadable.class, () -> Masks.inverted(PictureFile.of(Arrays.copyOf(png, 60))));
  }
}
