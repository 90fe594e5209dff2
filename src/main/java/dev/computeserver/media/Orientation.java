package dev.computeserver.media;

/** How a picture that is stored must be turned to be looked at, by the numbers of the Exif standard. */
public enum Orientation {
  UPRIGHT, MIRRORED, UPSIDE_DOWN, UPSIDE_DOWN_MIRRORED, RIGHT_MIRRORED, RIGHT, LEFT_MIRRORED, LEFT;

  /** By its number in Exif, from 1; any other is none. */
  static Orientation of(int number) {
    return number >= 1 && number <= 8 ? values()[number - 1] : UPRIGHT;
  }

  /** Whether width and height change places. */
  public boolean swapsSides() {
    return ordinal() >= RIGHT_MIRRORED.ordinal();
  }

  /** Where the pixel at (x, y) of the upright picture is stored: its column. */
  int storedX(int x, int y, int width) {
    return switch (this) {
      case UPRIGHT, UPSIDE_DOWN_MIRRORED -> x;
      case MIRRORED, UPSIDE_DOWN -> width - 1 - x;
      case RIGHT_MIRRORED, RIGHT -> y;
      case LEFT_MIRRORED, LEFT -> width - 1 - y;
    };
  }

  /** Its row. */
  int storedY(int x, int y, int height) {
    return switch (this) {
      case UPRIGHT, MIRRORED -> y;
      case UPSIDE_DOWN, UPSIDE_DOWN_MIRRORED -> height - 1 - y;
      case RIGHT_MIRRORED, LEFT -> x;
      case RIGHT, LEFT_MIRRORED -> height - 1 - x;
    };
  }
}
