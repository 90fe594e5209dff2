package dev.computeserver.media;

/** The first directory of a TIFF file, or of the Exif data that other formats hold in the same form. */
record Tiff(Bytes file) {
  static final int WIDTH = 0x100;
  static final int HEIGHT = 0x101;
  private static final int SHORT = 3;
  private static final int LONG = 4;

  static boolean is(Bytes file) {
    return file.startsWith("II*\0", 0) || file.startsWith("MM\0*", 0);
  }

  /** The number under a tag, or 0 where there is none. */
  int number(int tag) {
    int directory = number(4, 4);
    int entries = number(directory, 2);
    for (int i = 0; i < entries; i++) {
      int entry = directory + 2 + 12 * i;
      if (number(entry, 2) == tag) {
        int type = number(entry + 2, 2);
        return type == SHORT ? number(entry + 8, 2) : type == LONG ? number(entry + 8, 4) : 0;
      }
    }
    return 0;
  }

  private int number(int at, int bytes) {
    return file.startsWith("II", 0) ? file.little(at, bytes) : file.big(at, bytes);
  }
}
