package dev.computeserver.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class MasksTest {
  private static final int WHITE = 0xffffffff;
  private static final int BLACK = 0xff000000;
  private static final int CLEAR = 0;
  private static final int GREY = 0xff808080;

  private static byte[] picture(String format, int... pixels) throws IOException {
    BufferedImage image = new BufferedImage(pixels.length, 1, format.equals("png") ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
    for (int x = 0; x < pixels.length; x++) {
      image.setRGB(x, 0, pixels[x]);
    }
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
    int[] result = pixels(Masks.whiteToTransparent(picture("png", WHITE, BLACK, CLEAR, GREY)));
    assertEquals(0, result[0] >>> 24);
    assertEquals(255, result[1] >>> 24);
    assertEquals(255, result[2] >>> 24, "what is not painted is kept");
    assertEquals(127, result[3] >>> 24, 2);
  }

  @Test
  void whiteAndBlackChangePlaces() throws IOException {
    int[] result = pixels(Masks.inverted(picture("png", WHITE, BLACK, CLEAR, GREY)));
    assertEquals(BLACK, result[0]);
    assertEquals(WHITE, result[1]);
    assertEquals(WHITE, result[2]);
    assertEquals(0x7f, result[3] & 0xff, 2);
  }

  @Test
  void takesAMaskWithoutTransparencyInAnotherFormat() throws IOException {
    assertEquals(WHITE, pixels(Masks.inverted(picture("bmp", BLACK, WHITE)))[0]);
  }

  @Test
  void saysWhatIsWrongWithWhatIsNoPicture() {
    assertTrue(assertThrows(IOException.class, () -> Masks.inverted("no picture".getBytes())).getMessage().contains("format"));
    assertThrows(IOException.class, () -> Masks.inverted(new byte[0]));
  }
}
