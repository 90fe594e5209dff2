package dev.computeserver.media;

/** The size of an HEIC or AVIF picture. It stands among the properties of its items, of which those of tiles and previews are smaller. */
final class HeifHead {
  private int width;
  private int height;
  private Orientation orientation = Orientation.UPRIGHT;

  private HeifHead() {
  }

  static PictureHead read(Bytes file) {
    HeifHead head = new HeifHead();
    head.boxes(file, 0, 0);
    return new PictureHead(head.width, head.height, head.orientation);
  }

  private void boxes(Bytes in, int from, int depth) {
    long at = from;
    while (at + 8 <= in.length()) {
      long length = in.big((int) at, 4) & 0xffffffffL;
      // 0 means up to the end; 1 that a longer number follows, which no box that counts here needs.
      length = length == 0 ? in.length() - at : length == 1 ? Integer.toUnsignedLong(in.big((int) at + 12, 4)) : length;
      if (length < 8 || at + length > in.length()) {
        return;
      }
      box(in, (int) at, in.part(at, length), depth);
      at += length;
    }
  }

  private void box(Bytes in, int at, Bytes box, int depth) {
    if (depth == 0 && in.startsWith("meta", at + 4)) {
      boxes(box, 12, 1);
    } else if (depth == 1 && in.startsWith("iprp", at + 4) || depth == 2 && in.startsWith("ipco", at + 4)) {
      boxes(box, 8, depth + 1);
    } else if (in.startsWith("ispe", at + 4) && (long) box.big(12, 4) * box.big(16, 4) > (long) width * height) {
      width = box.big(12, 4);
      height = box.big(16, 4);
    } else if (in.startsWith("irot", at + 4)) {
      // Quarter turns against the clock.
      orientation = switch (box.big(8, 1) & 3) {
        case 1 -> Orientation.LEFT;
        case 2 -> Orientation.UPSIDE_DOWN;
        case 3 -> Orientation.RIGHT;
        default -> Orientation.UPRIGHT;
      };
    }
  }
}
