package dev.computeserver.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A picture that says how it is to be turned is sent turned. */
class UprightPictureTest {
  private static final int WHITE = 0xffffffff;
  private static final int BLACK = 0xff000000;

  /** White in its left half, 32 wide and 16 high. */
  private static byte[] halves(String format) throws IOException {
    BufferedImage image = new BufferedImage(32, 16, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 16; y++) {
      for (int x = 0; x < 16; x++) {
        image.setRGB(x, y, WHITE);
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(image, format, out));
    return out.toByteArray();
  }

  private static byte[] halves(String format, int orientation) throws IOException {
    return format.equals("png") ? ExifFiles.png(halves(format), orientation) : ExifFiles.jpeg(halves(format), orientation);
  }

  @ParameterizedTest
  @CsvSource({"png, 3, 32, 31, 0", "png, 6, 16, 0, 0", "png, 8, 16, 0, 31", "jpeg, 2, 32, 31, 0", "jpeg, 6, 16, 0, 0", "jpeg, 8, 16, 0, 31"})
  void itIsTurnedAndStaysWhatItWas(String format, int orientation, int width, int whiteX, int whiteY) throws IOException {
    byte[] stored = halves(format, orientation);
    assertTrue(UprightPicture.isNeeded(stored));
    assertTrue(UprightPicture.isNeeded(Arrays.copyOf(stored, stored.length - 8)), "its beginning says so");
    UprightPicture upright = UprightPicture.of(PictureFile.of(stored));
    assertEquals("image/" + format, upright.contentType());
    assertEquals("image/" + format, FileType.of(upright.file(), null));
    BufferedImage seen = ImageIO.read(new ByteArrayInputStream(upright.file()));
    assertEquals(width, seen.getWidth());
    assertEquals(48 - width, seen.getHeight());
    assertEquals(WHITE, seen.getRGB(whiteX, whiteY));
    assertEquals(BLACK, seen.getRGB(seen.getWidth() - 1 - whiteX, seen.getHeight() - 1 - whiteY));
    assertFalse(UprightPicture.isNeeded(upright.file()), "it is turned once only");
  }

  @Test
  void whatStandsUprightIsLeftAlone() throws IOException {
    assertFalse(UprightPicture.isNeeded(halves("png")));
    assertFalse(UprightPicture.isNeeded(halves("jpeg", 1)));
    assertFalse(UprightPicture.isNeeded(new byte[0]));
    byte[] damaged = Arrays.copyOf(halves("png", 6), 60);
    assertThrows(PictureFile.Unreadable.class, () -> UprightPicture.of(PictureFile.of(damaged)));
  }
}
