package dev.computeserver.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Each task leaves its output on the disk until the program ends: better to refuse than to fill it. */
final class Disk {

  private static final long RESERVE_BYTES = 2L << 30;
  private static final long BYTES_PER_TASK = FakeFal.FILE_BYTES + 16 * 1024;

  private Disk() {
  }

  /** Throws IllegalStateException when the folder's disk has too little room for the outputs of so many tasks. */
  static void check(Path folder, long tasks) throws IOException {
    long needed = tasks * BYTES_PER_TASK + RESERVE_BYTES;
    long free = Files.getFileStore(folder).getUsableSpace();
    if (free < needed) {
      throw new IllegalStateException(folder + " has " + (free >> 20) + " MiB free, " + (needed >> 20)
          + " MiB are needed; name another with --folder DIR or run fewer tasks with --tasks N.");
    }
  }
}
