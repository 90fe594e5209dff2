package dev.computeserver.media;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.ImageInputStream;

/**
 * A PNG, JPEG, GIF or BMP of somebody else's, of which only the head has been read: a small file may claim, and be, a picture of any
 * size. Whoever decodes it asks first what that takes.
 *
 * @param width as it is stored
 * @param height likewise
 * @param bytesPerPixel that it takes in memory when it is decoded
 */
public record PictureFile(byte[] file, int width, int height, int bytesPerPixel, Orientation orientation) {
  private static final Set<String> FORMATS = Set.of("png", "jpeg", "jpg", "gif", "bmp");

  static {
    ImageIO.setUseCache(false);
  }

  /** Throws {@link Unreadable} for what is no such picture. */
  public static PictureFile of(byte[] file) {
    Orientation orientation = PictureHead.of(file).map(PictureHead::orientation).orElse(Orientation.UPRIGHT);
    return read(file, reader -> {
      Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
      int bits = types.hasNext() ? types.next().getColorModel().getPixelSize() : 32;
      return new PictureFile(file, reader.getWidth(0), reader.getHeight(0), Math.max(1, (bits + 7) / 8), orientation);
    });
  }

  public long pixels() {
    return (long) width * height;
  }

  /** Memory that it takes when it is decoded. */
  public long decodedBytes() {
    return pixels() * bytesPerPixel;
  }

  /** The picture as it is stored; throws {@link Unreadable} where it is damaged. Costs CPU: for a worker thread. */
  BufferedImage decoded() {
    return read(file, reader -> reader.read(0));
  }

  /** The picture as it is to be looked at; throws {@link Unreadable} where it is damaged. Costs CPU, and memory twice where it is turned. */
  public BufferedImage upright() {
    BufferedImage stored = decoded();
    if (orientation == Orientation.UPRIGHT) {
      return stored;
    }
    boolean swaps = orientation.swapsSides();
    BufferedImage turned = new BufferedImage(swaps ? height : width, swaps ? width : height,
        stored.getColorModel().hasAlpha() ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < turned.getHeight(); y++) {
      for (int x = 0; x < turned.getWidth(); x++) {
        turned.setRGB(x, y, stored.getRGB(orientation.storedX(x, y, width), orientation.storedY(x, y, height)));
      }
    }
    return turned;
  }

  private static <T> T read(byte[] file, Reading<T> what) {
    try (ImageInputStream in = ImageIO.createImageInputStream(new ByteArrayInputStream(file))) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      ImageReader reader = readers.hasNext() ? readers.next() : null;
      if (reader == null || !FORMATS.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
        throw new Unreadable("its format is not known; send PNG, JPEG, GIF or BMP", null);
      }
      try {
        // Without what stands beside the pixels: it may be packed, and much.
        reader.setInput(in, true, true);
        return what.of(reader);
      } finally {
        reader.dispose();
      }
    } catch (Unreadable unknown) {
      throw unknown;
    } catch (IOException | RuntimeException damaged) {
      // Of damaged files, Java's readers fail in many ways.
      throw new Unreadable("it is damaged or of a kind that cannot be read", damaged);
    }
  }

  private interface Reading<T> {
    T of(ImageReader reader) throws IOException;
  }

  /** It is no picture that can be read; the message says why. */
  public static final class Unreadable extends RuntimeException {
    Unreadable(String message, Throwable cause) {
      super(message, cause, false, false);
    }
  }
}
