package dev.computeserver.embedded;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** Unpacks the server programs from the class path, once for each version and machine type. */
final class Programs {
  private static final String REDIS = "redis-server-7.0.15-";
  private static final String OUTSIDE = "run PostgreSQL and Redis yourself and set COMPUTE_POSTGRES_URI and "
      + "COMPUTE_REDIS_URI";

  private final Path folder;

  Programs(Path folder) {
    this.folder = folder;
  }

  /** The folder with PostgreSQL's bin, lib and share; takes some seconds the first time. */
  Path postgres() throws IOException {
    String machine = arm() ? "arm_64" : "x86_64";
    byte[] archive = resource("postgres-" + system() + "-" + machine + ".txz");
    Path target = folder.resolve("postgres-" + digest(archive));
    if (!Files.isDirectory(target)) {
      Path fresh = Files.createTempDirectory(folder, "unpacking");
      unpack(archive, fresh);
      readable(fresh);
      moveInto(target, fresh);
    }
    readable(folder);
    return target;
  }

  /** The redis-server program. */
  Path redis() throws IOException {
    String name = REDIS + system() + "-" + (arm() ? "arm64" : "amd64");
    Path target = folder.resolve(name);
    if (!Files.exists(target)) {
      Path fresh = Files.createTempFile(folder, "unpacking", "");
      Files.write(fresh, resource(name));
      readable(fresh);
      Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
    }
    return target;
  }

  /** Lets every user of the machine run what is in a folder: PostgreSQL may have to run as another user. */
  private static void readable(Path path) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Another process may have unpacked the same in the meantime; then its copy is as good. */
  private static void moveInto(Path target, Path fresh) throws IOException {
    try {
      Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
      Trees.delete(fresh);
    }
  }

  private static void unpack(byte[] archive, Path target) throws IOException {
    try (var tar = new TarArchiveInputStream(new XZCompressorInputStream(new ByteArrayInputStream(archive)))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        Path file = target.resolve(entry.getName()).normalize();
        if (entry.isDirectory()) {
          Files.createDirectories(file);
          readable(file);
          continue;
        }
        Files.createDirectories(file.getParent());
        if (entry.isSymbolicLink()) {
          Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
        } else {
          Files.copy(tar, file);
          boolean program = (entry.getMode() & 0100) != 0;
          Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(program ? "rwxr-xr-x" : "rw-r--r--"));
        }
      }
    }
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = Programs.class.getClassLoader().getResourceAsStream(name)) {
      if (in == null) {
        throw new StartFailed("unsupported_machine", "there is no built-in " + name + " for "
            + System.getProperty("os.name") + " on " + System.getProperty("os.arch"), OUTSIDE);
      }
      return in.readAllBytes();
    }
  }

  private static String system() {
    String name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    return Map.of("linux", "linux", "mac os x", "darwin").getOrDefault(name, name.replace(' ', '_'));
  }

  private static boolean arm() {
    String machine = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    return machine.equals("aarch64") || machine.equals("arm64");
  }

  private static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
