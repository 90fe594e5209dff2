package dev.computeserver.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Work on whole folders, leaves first: what was cut short is finished by doing it again. */
final class Trees {
  private Trees() {}

  static void delete(Path root) throws IOException {
    for (Path path : leavesFirst(root)) {
      Files.delete(path);
    }
  }

  /** Makes a user the owner of everything, where the root is not its own already; needs to run as root. */
  static void own(Path root, int user, int group) throws IOException {
    if (Files.exists(root) && !Files.getAttribute(root, "unix:uid").equals(user)) {
      for (Path path : leavesFirst(root)) {
        Files.setAttribute(path, "unix:gid", group, LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(path, "unix:uid", user, LinkOption.NOFOLLOW_LINKS);
      }
    }
  }

  /** Lets only the owner into a folder, and with that to all that is in it; does nothing where the file system knows no such rights. */
  static void closeToOthers(Path folder) throws IOException {
    if (Files.getFileStore(folder).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }
  }

  private static List<Path> leavesFirst(Path root) throws IOException {
    if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.walk(root)) {
      return paths.sorted(Comparator.reverseOrder()).toList();
    }
  }
}
