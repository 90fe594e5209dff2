package dev.computeserver.fault;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A small disk in memory, and a file that fills it to the last byte. Only root may make one. */
final class Ballast implements AutoCloseable {
  private static final int MEBIBYTES = 600;

  private final Path disk;

  private Ballast(Path disk) {
    this.disk = disk;
  }

  /** A disk at that place, or null where this user may not make one. */
  static Ballast mounted(Path place) throws IOException {
    Files.createDirectories(place);
    return run("mount", "-t", "tmpfs", "-o", "mode=755,size=" + MEBIBYTES + "m", "compute-outages", place.toString()) ? new Ballast(place) : null;
  }

  void fill() throws IOException {
    byte[] block = new byte[4_096];
    try (OutputStream ballast = Files.newOutputStream(file())) {
      for (long i = 0; i < MEBIBYTES * 256L; i++) {
        ballast.write(block);
      }
    } catch (IOException full) {
      System.out.println("The disk is full: " + full.getMessage());
    }
  }

  void free() throws IOException {
    Files.deleteIfExists(file());
  }

  private Path file() {
    return disk.resolve("ballast");
  }

  private static boolean run(String... command) throws IOException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
      return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    if (!run("umount", disk.toString())) {
      throw new IOException("umount " + disk + " failed; do it by hand");
    }
  }
}
