package dev.computeserver.media;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.function.IntUnaryOperator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/** Turns masks in which white is repainted into what providers want instead. Costs CPU: for a worker thread. */
public final class Masks {
  private static final long MOST_PIXELS = 64_000_000;

  private Masks() {
  }

  /** A PNG in which the white parts are transparent and the rest is opaque black, in degrees. */
  public static byte[] whiteToTransparent(byte[] mask) throws IOException {
    return each(mask, BufferedImage.TYPE_INT_ARGB, white -> (255 - white) << 24);
  }

  /** A grey PNG in which white and black have changed places. */
  public static byte[] inverted(byte[] mask) throws IOException {
    return each(mask, BufferedImage.TYPE_INT_RGB, white -> (255 - white) * 0x010101);
  }

  private static byte[] each(byte[] mask, int type, IntUnaryOperator look) throws IOException {
    BufferedImage from = read(mask);
    BufferedImage to = new BufferedImage(from.getWidth(), from.getHeight(), type);
    for (int y = 0; y < from.getHeight(); y++) {
      for (int x = 0; x < from.getWidth(); x++) {
        int pixel = from.getRGB(x, y);
        int grey = ((pixel >> 16 & 255) * 299 + (pixel >> 8 & 255) * 587 + (pixel & 255) * 114) / 1000;
        // What a mask leaves transparent is as good as black: nobody painted it white.
        to.setRGB(x, y, look.applyAsInt(grey * (pixel >>> 24) / 255));
      }
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(to, "png", png);
    return png.toByteArray();
  }

  private static BufferedImage read(byte[] bytes) throws IOException {
    try (ImageInputStream in = ImageIO.createImageInputStream(new ByteArrayInputStream(bytes))) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        throw new IOException("its format is unknown");
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(in);
        if ((long) reader.getWidth(0) * reader.getHeight(0) > MOST_PIXELS) {
          throw new IOException("it has more than " + MOST_PIXELS + " pixels");
        }
        return reader.read(0);
      } finally {
        reader.dispose();
      }
    }
  }
}
