package dev.computeserver.media;

/** Numbers in a part of a file; whatever lies outside of it fails with {@link IndexOutOfBoundsException}. */
record Bytes(byte[] file, int from, int to) {

  Bytes(byte[] file) {
    this(file, 0, file.length);
  }

  int length() {
    return to - from;
  }

  /** A part of this one. */
  Bytes part(long at, long length) {
    if (at < 0 || length < 0 || at + length > length()) {
      throw new IndexOutOfBoundsException();
    }
    return new Bytes(file, from + (int) at, from + (int) (at + length));
  }

  /** A number of up to four bytes, the highest first; of four it may be negative. */
  int big(int at, int bytes) {
    int number = 0;
    for (int i = 0; i < bytes; i++) {
      number = number << 8 | at(at + i);
    }
    return number;
  }

  /** The same, the lowest byte first. */
  int little(int at, int bytes) {
    int number = 0;
    for (int i = bytes - 1; i >= 0; i--) {
      number = number << 8 | at(at + i);
    }
    return number;
  }

  boolean startsWith(String text, int at) {
    if (at < 0 || at + text.length() > length()) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (at(at + i) != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private int at(int index) {
    if (index < 0 || index >= length()) {
      throw new IndexOutOfBoundsException();
    }
    return file[from + index] & 0xff;
  }
}
