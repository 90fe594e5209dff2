package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.media.PictureFile;
import dev.computeserver.sandbox.Unusable.Why;
import java.awt.Color;
import java.awt.Font;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;

/** Makes pictures. Blocking: for workers. */
final class Pictures {

  static final int MAX_SIDE = 4096;
  static final int USUAL_WIDTH = 1024;
  static final int USUAL_HEIGHT = 768;
  private static final long MAX_PIXELS = 36_000_000;

  static {
    System.setProperty("java.awt.headless", "true");
    ImageIO.setUseCache(false);
  }

  private Pictures() { }

  /** A gradient coloured by prompt and seed, with the prompt drawn on it; 1024x768 where no size is asked. */
  static Made generate(Order order) throws IOException {
    int width = side(order.shape().width(), USUAL_WIDTH);
    int height = side(order.shape().height(), USUAL_HEIGHT);
    return encode(gradient(order.prompt(), order.seed(), width, height), order.shape().format());
  }

  static BufferedImage gradient(String prompt, long seed, int width, int height) {
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = picture.createGraphics();
    float hue = Math.floorMod(prompt.hashCode() * 31L + seed, 360L) / 360f;
    pen.setPaint(new GradientPaint(0, 0, Color.getHSBColor(hue, 0.7f, 0.9f), width, height,
        Color.getHSBColor(hue + 0.35f, 0.8f, 0.35f)));
    pen.fillRect(0, 0, width, height);
    pen.dispose();
    write(picture, prompt);
    return picture;
  }

  static Made black(int width, int height, String format) throws IOException {
    return encode(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), format);
  }

  /** The picture given, with the prompt drawn on it. */
  static Made edit(Order order, byte[] source) throws IOException {
    BufferedImage picture = canvas(decode(source, 0), BufferedImage.TYPE_INT_RGB);
    write(picture, order.prompt());
    return encode(picture, order.shape().format());
  }

  /** A new picture where the mask is white, the one given elsewhere; a mask of another size is scaled. */
  static Made inpaint(Order order, byte[] source, byte[] maskSource) throws IOException {
    BufferedImage picture = canvas(decode(source, 0), BufferedImage.TYPE_INT_RGB);
    int width = picture.getWidth();
    int height = picture.getHeight();
    BufferedImage mask = mask(decode(maskSource, 1), order.mask(), width, height);
    BufferedImage paint = gradient(order.prompt(), order.seed(), width, height);
    int[] fresh = new int[width];
    for (int y = 0; y < height; y++) {
      paint.getRGB(0, y, width, 1, fresh, 0, width);
      for (int x = 0; x < width; x++) {
        if (mask.getRaster().getSample(x, y, 0) >= 128) {
          picture.setRGB(x, y, fresh[x]);
        }
      }
    }
    return encode(picture, order.shape().format());
  }

  /** The mask in grey, white where something is to be repainted. */
  private static BufferedImage mask(BufferedImage given, Order.Mask meant, int width, int height) {
    if (meant == Order.Mask.WHITE) {
      return scaled(given, width, height, BufferedImage.TYPE_BYTE_GRAY);
    }
    BufferedImage from = scaled(given, width, height, BufferedImage.TYPE_INT_ARGB);
    BufferedImage grey = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int pixel = from.getRGB(x, y);
        grey.getRaster().setSample(x, y, 0, 255 - (meant == Order.Mask.BLACK ? pixel >> 8 & 255 : pixel >>> 24));
      }
    }
    return grey;
  }

  /** The picture with what looks like its corner's colour made transparent, and everything far from the centre. */
  static Made cutOut(byte[] source) throws IOException {
    BufferedImage picture = canvas(decode(source, 0), BufferedImage.TYPE_INT_ARGB);
    int width = picture.getWidth();
    int height = picture.getHeight();
    int corner = picture.getRGB(0, 0);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double dx = (x + 0.5) / width - 0.5;
        double dy = (y + 0.5) / height - 0.5;
        boolean middle = dx * dx + dy * dy < 0.02;
        if (!middle && (near(picture.getRGB(x, y), corner) || dx * dx + dy * dy > 0.23)) {
          picture.setRGB(x, y, picture.getRGB(x, y) & 0x00FFFFFF);
        }
      }
    }
    return encode(picture, "png");
  }

  /** The picture scaled by the asked factor (2 where none is asked), at most to 4096 a side. */
  static Made upscale(Order order, byte[] source) throws IOException {
    BufferedImage picture = decode(source, 0);
    double factor = order.shape().amount() <= 0 ? 2 : order.shape().amount();
    factor = Math.min(factor, MAX_SIDE / (double) Math.max(picture.getWidth(), picture.getHeight()));
    int width = side((int) Math.round(picture.getWidth() * factor), 1);
    int height = side((int) Math.round(picture.getHeight() * factor), 1);
    return encode(scaled(picture, width, height, BufferedImage.TYPE_INT_RGB), order.shape().format());
  }

  /**
   * What an order's pictures take while they are worked on, by their heads; fails with {@link Unusable} for what is no picture where one
   * is wanted, and for one that takes more than {@code most}.
   */
  static long workingBytes(Order order, List<byte[]> sources, long most) {
    long all = 0;
    for (int i = 0; i < order.pictures(); i++) {
      PictureFile picture = head(sources.get(i), i);
      // As it is decoded, turned or in another form, and as a result.
      long perPixel = picture.bytesPerPixel() + 8;
      long mostPixels = Math.min(MAX_PIXELS, most / perPixel);
      if (picture.pixels() > mostPixels) {
        throw new Unusable(Why.PICTURE_TOO_LARGE, i, "the picture has more than " + mostPixels + " pixels");
      }
      all += picture.pixels() * perPixel;
    }
    return order.what() == ProviderCapability.SUPER_RESOLUTION ? all + 4L * MAX_SIDE * MAX_SIDE : all;
  }

  private static PictureFile head(byte[] bytes, int source) {
    try {
      return PictureFile.of(bytes);
    } catch (PictureFile.Unreadable none) {
      throw new Unusable(Why.NO_PICTURE, source, "the file is no picture that can be read: " + none.getMessage());
    }
  }

  /** A picture upright; for what {@link #workingBytes} has let pass. */
  static BufferedImage decode(byte[] bytes, int source) {
    try {
      return head(bytes, source).upright();
    } catch (PictureFile.Unreadable damaged) {
      throw new Unusable(Why.NO_PICTURE, source, "the picture is damaged");
    }
  }

  static BufferedImage scaled(BufferedImage picture, int width, int height, int type) {
    BufferedImage scaled = new BufferedImage(width, height, type);
    Graphics2D pen = scaled.createGraphics();
    pen.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    pen.drawImage(picture, 0, 0, width, height, null);
    pen.dispose();
    return scaled;
  }

  /** JPEG where asked for, else PNG; the type told is the type made. */
  static Made encode(BufferedImage picture, String format) throws IOException {
    String asked = format.toLowerCase(Locale.ROOT);
    boolean jpeg = asked.equals("jpeg") || asked.equals("jpg");
    BufferedImage opaque = jpeg ? canvas(picture, BufferedImage.TYPE_INT_RGB) : picture;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (!ImageIO.write(opaque, jpeg ? "jpeg" : "png", out)) {
      throw new IOException("Java cannot write " + (jpeg ? "JPEG" : "PNG"));
    }
    return new Made(out.toByteArray(), jpeg ? "image/jpeg" : "image/png", picture.getWidth(), picture.getHeight(), 0);
  }

  private static BufferedImage canvas(BufferedImage picture, int type) {
    return picture.getType() == type ? picture : scaled(picture, picture.getWidth(), picture.getHeight(), type);
  }

  static void write(BufferedImage picture, String text) {
    int size = Math.max(8, Math.min(picture.getWidth() / 18, 64));
    int letters = Math.max(1, (int) (picture.getWidth() * 0.9 / (size * 0.6)));
    Graphics2D pen = picture.createGraphics();
    try {
      pen.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      pen.setFont(new Font(Font.SANS_SERIF, Font.BOLD, size));
      int y = picture.getHeight() / 3;
      for (int at = 0; at < text.length() && y < picture.getHeight(); at += letters, y += size * 4 / 3) {
        String line = text.substring(at, Math.min(text.length(), at + letters));
        pen.setColor(Color.BLACK);
        pen.drawString(line, picture.getWidth() / 20 + 2, y + 2);
        pen.setColor(Color.WHITE);
        pen.drawString(line, picture.getWidth() / 20, y);
      }
    } catch (LinkageError | InternalError | NullPointerException e) {
      // A Java without font files cannot draw words; the band still shows that something was drawn.
      pen.setColor(Color.WHITE);
      pen.fillRect(picture.getWidth() / 20, picture.getHeight() / 3, picture.getWidth() * 9 / 10, size);
    } finally {
      pen.dispose();
    }
  }

  static int side(int asked, int usual) {
    return asked <= 0 ? usual : Math.min(asked, MAX_SIDE);
  }

  private static boolean near(int a, int b) {
    int difference = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
      difference += Math.abs((a >> shift & 255) - (b >> shift & 255));
    }
    return difference < 60;
  }
}
