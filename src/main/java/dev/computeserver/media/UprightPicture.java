package dev.computeserver.media;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/**
 * A picture whose pixels stand as it is to be looked at: not all who take pictures know of the note in the file that says how to turn it.
 *
 * @param file a JPEG where the picture was one, else a PNG
 */
public record UprightPicture(byte[] file, String contentType) {
  /** Hardly to be told from what it was made of. */
  private static final float QUALITY = 0.95f;
  /** Of the turned picture, per pixel. */
  private static final int BYTES_TURNED = 4;

  /** Whether a file, or its beginning, says that it is to be turned. Costs no more than reading its head. */
  public static boolean isNeeded(byte[] head) {
    return PictureHead.of(head).filter(found -> found.orientation() != Orientation.UPRIGHT).isPresent();
  }

  /** Memory that {@link #of} takes. */
  public static long bytesFor(PictureFile picture) {
    return picture.decodedBytes() + BYTES_TURNED * picture.pixels() + picture.file().length;
  }

  /** Throws {@link PictureFile.Unreadable} where the picture is damaged. Costs CPU: for a worker thread. */
  public static UprightPicture of(PictureFile picture) {
    BufferedImage turned = picture.upright();
    boolean jpeg = FileType.of(picture.file(), null).equals("image/jpeg");
    ByteArrayOutputStream out = new ByteArrayOutputStream(picture.file().length);
    ImageWriter writer = ImageIO.getImageWritersByFormatName(jpeg ? "jpeg" : "png").next();
    try (ImageOutputStream to = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(to);
      ImageWriteParam how = writer.getDefaultWriteParam();
      if (jpeg) {
        how.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        how.setCompressionQuality(QUALITY);
      }
      writer.write(null, new IIOImage(turned, null, null), how);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    } finally {
      writer.dispose();
    }
    return new UprightPicture(out.toByteArray(), jpeg ? "image/jpeg" : "image/png");
  }
}
