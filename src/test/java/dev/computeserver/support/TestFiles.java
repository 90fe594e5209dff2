package dev.computeserver.support;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import javax.imageio.ImageIO;

/** Small files that are whole, and long ones that begin and end as such. */
public final class TestFiles {
  private static final byte[] PNG = picture("png");

  private TestFiles() {
  }

  /** A picture of a few pixels. */
  public static byte[] png() {
    return PNG.clone();
  }

  /** A picture of so many bytes, most of them zero. */
  public static byte[] png(int length) {
    byte[] whole = Arrays.copyOf(PNG, length);
    System.arraycopy(PNG, PNG.length - 12, whole, length - 12, 12);
    return whole;
  }

  /** The same in another format that Java can write. */
  public static byte[] picture(String format) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB), format, out);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return out.toByteArray();
  }
}
