package dev.computeserver.media;

import java.util.Optional;

/**
 * Width and height of a picture in pixels as it is to be looked at, read from its head without decoding it: a photograph that was
 * stored lying on its side counts as it stands.
 */
public record PictureSize(int width, int height) {

  /** Of a PNG, JPEG, WebP, GIF, BMP, TIFF, HEIC or AVIF; empty for what is none or is damaged. */
  public static Optional<PictureSize> of(byte[] file) {
    return PictureHead.of(file).map(head -> head.orientation().swapsSides() ? new PictureSize(head.height(), head.width())
        : new PictureSize(head.width(), head.height()));
  }
}
