package dev.computeserver.media;

import java.util.Optional;

/** What the head of a picture says of it: its size as it is stored, and how it is to be turned. */
record PictureHead(int width, int height, Orientation orientation) {
  private static final int ORIENTATION = 0x112;

  /** Empty for what is no picture that is known here, or is damaged. */
  static Optional<PictureHead> of(byte[] file) {
    try {
      return Optional.ofNullable(read(new Bytes(file))).filter(head -> head.width > 0 && head.height > 0);
    } catch (IndexOutOfBoundsException damaged) {
      return Optional.empty();
    }
  }

  private static PictureHead read(Bytes file) {
    if (file.startsWith("\u0089PNG", 0)) {
      return new PictureHead(file.big(16, 4), file.big(20, 4), pngOrientation(file));
    }
    if (file.startsWith("\u00ff\u00d8", 0)) {
      return jpeg(file);
    }
    if (file.startsWith("RIFF", 0) && file.startsWith("WEBP", 8)) {
      return webp(file);
    }
    if (file.startsWith("GIF8", 0)) {
      return new PictureHead(file.little(6, 2), file.little(8, 2), Orientation.UPRIGHT);
    }
    if (file.startsWith("BM", 0)) {
      boolean old = file.little(14, 4) == 12;
      // A negative height means that the rows begin at the top.
      return new PictureHead(file.little(18, old ? 2 : 4), Math.abs(file.little(old ? 20 : 22, old ? 2 : 4)), Orientation.UPRIGHT);
    }
    if (Tiff.is(file)) {
      Tiff tiff = new Tiff(file);
      return new PictureHead(tiff.number(Tiff.WIDTH), tiff.number(Tiff.HEIGHT), Orientation.of(tiff.number(ORIENTATION)));
    }
    return file.startsWith("ftyp", 4) ? HeifHead.read(file) : null;
  }

  /** The size stands in the frame header, behind any number of other segments. */
  private static PictureHead jpeg(Bytes file) {
    Orientation orientation = Orientation.UPRIGHT;
    int at = 2;
    while (true) {
      int marker = file.big(at + 1, 1);
      if (marker == 0xff) {
        at++;
        continue;
      }
      if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
        return new PictureHead(file.big(at + 7, 2), file.big(at + 5, 2), orientation);
      }
      int length = Math.max(2, file.big(at + 2, 2));
      if (marker == 0xe1 && file.startsWith("Exif\0\0", at + 4)) {
        orientation = exif(file, at + 10, length - 8);
      }
      at += 2 + length;
    }
  }

  private static Orientation pngOrientation(Bytes file) {
    int at = 8;
    // Behind the pixels it counts for nothing: whoever shows a picture while it loads could not know.
    while (at + 12 <= file.length() && !file.startsWith("IDAT", at + 4)) {
      long length = file.big(at, 4) & 0xffffffffL;
      if (file.startsWith("eXIf", at + 4)) {
        return exif(file, at + 8, length);
      }
      if (at + 12 + length > file.length()) {
        return Orientation.UPRIGHT;
      }
      at += 12 + (int) length;
    }
    return Orientation.UPRIGHT;
  }

  private static PictureHead webp(Bytes file) {
    if (file.startsWith("VP8L", 12)) {
      return new PictureHead(1 + (file.little(21, 2) & 0x3fff), 1 + (file.little(22, 3) >> 6 & 0x3fff), Orientation.UPRIGHT);
    }
    if (file.startsWith("VP8 ", 12)) {
      return new PictureHead(file.little(26, 2) & 0x3fff, file.little(28, 2) & 0x3fff, Orientation.UPRIGHT);
    }
    if (!file.startsWith("VP8X", 12)) {
      return null;
    }
    Orientation orientation = Orientation.UPRIGHT;
    long at = 12;
    while (at + 8 <= file.length()) {
      long length = file.little((int) at + 4, 4) & 0xffffffffL;
      if (file.startsWith("EXIF", (int) at)) {
        int prefix = file.startsWith("Exif\0\0", (int) at + 8) ? 6 : 0;
        orientation = exif(file, at + 8 + prefix, length - prefix);
      }
      at += 8 + length + length % 2;
    }
    return new PictureHead(1 + file.little(24, 3), 1 + file.little(27, 3), orientation);
  }

  private static Orientation exif(Bytes file, long at, long length) {
    try {
      Bytes exif = file.part(at, length);
      return Tiff.is(exif) ? Orientation.of(new Tiff(exif).number(ORIENTATION)) : Orientation.UPRIGHT;
    } catch (IndexOutOfBoundsException damaged) {
      return Orientation.UPRIGHT;
    }
  }
}
