package dev.computeserver.media;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;

/** Turns masks in which white is repainted into what providers want instead, and upright. Costs CPU: for a worker thread. */
public final class Masks {

  private Masks() {
  }

  /** A PNG in which the white parts are transparent and the rest is opaque black, in degrees. Takes {@link PictureFile#decodedBytes}. */
  public static byte[] whiteToTransparent(PictureFile mask) throws IOException {
    return each(mask, true);
  }

  /** A grey PNG in which white and black have changed places. Takes {@link PictureFile#decodedBytes}. */
  public static byte[] inverted(PictureFile mask) throws IOException {
    return each(mask, false);
  }

  private static byte[] each(PictureFile mask, boolean alpha) throws IOException {
    BufferedImage from = mask.decoded();
    Orientation orientation = mask.orientation();
    int width = orientation.swapsSides() ? mask.height() : mask.width();
    int height = orientation.swapsSides() ? mask.width() : mask.height();
    boolean grey = from.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_GRAY;
    try (PngRows png = new PngRows(width, height, alpha)) {
      byte[] row = new byte[width * (alpha ? 4 : 3)];
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          int storedX = orientation.storedX(x, y, mask.width());
          int storedY = orientation.storedY(x, y, mask.height());
          int white = grey ? white(from.getRaster(), storedX, storedY) : white(from.getRGB(storedX, storedY));
          set(row, x, alpha, (byte) (255 - white));
        }
        png.add(row);
      }
      return png.end();
    }
  }

  private static void set(byte[] row, int x, boolean alpha, byte value) {
    if (alpha) {
      row[4 * x + 3] = value;
    } else {
      row[3 * x] = value;
      row[3 * x + 1] = value;
      row[3 * x + 2] = value;
    }
  }

  /** What a mask leaves transparent is as good as black: nobody painted it white. */
  private static int white(int pixel) {
    int grey = ((pixel >> 16 & 255) * 299 + (pixel >> 8 & 255) * 587 + (pixel & 255) * 114) / 1000;
    return grey * (pixel >>> 24) / 255;
  }

  /** Java takes the number of a grey pixel for an amount of light, and would make it brighter than it is written. */
  private static int white(Raster greys, int x, int y) {
    int most = (1 << greys.getSampleModel().getSampleSize(0)) - 1;
    int grey = greys.getSample(x, y, 0) * 255 / most;
    return greys.getNumBands() == 1 ? grey : grey * (greys.getSample(x, y, 1) * 255 / most) / 255;
  }
}
