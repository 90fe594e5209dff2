package dev.computeserver.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** A data folder that this process alone may run servers in, until it is closed or the process dies. */
public final class DataFolder implements AutoCloseable {
  private static final String LOCK = "server.lock";
  private static final String ELSEWHERE = "set data_dir (COMPUTE_DATA_DIR) to a folder that this user may write";

  private final Path path;
  private final Path programs;
  private final FileChannel lock;

  private DataFolder(Path path, Path programs, FileChannel lock) {
    this.path = path;
    this.programs = programs;
    this.lock = lock;
  }

  /**
   * Creates the folder where needed and locks its {@code server.lock}.
   *
   * @throws StartFailed at once where another process, or this one, holds it
   */
  public static DataFolder claim(Path path) {
    return claim(path, path.resolve("programs"));
  }

  /** The same with another place to unpack the programs to, which many data folders may share. */
  public static DataFolder claim(Path path, Path programs) {
    return tryClaim(path, programs).orElseThrow(() -> inUse(path));
  }

  /** The same, or empty where another process, or this one, holds it. */
  public static Optional<DataFolder> tryClaim(Path path) {
    return tryClaim(path, path.resolve("programs"));
  }

  /** Makes the folder where it is missing, and lets only this user into it: passwords and what clients sent are below it. */
  public static void prepare(Path path) {
    try {
      Files.createDirectories(path);
      Trees.closeToOthers(path.toRealPath());
    } catch (IOException e) {
      throw unusable(path, e);
    }
  }

  private static Optional<DataFolder> tryClaim(Path path, Path programs) {
    try {
      prepare(path);
      Path real = path.toRealPath();
      Files.createDirectories(programs);
      Path file = real.resolve(LOCK);
      FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ,
          StandardOpenOption.WRITE);
      if (!locked(channel)) {
        channel.close();
        return Optional.empty();
      }
      String holder = ProcessHandle.current().pid() + "\n";
      channel.truncate(0).write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.US_ASCII)));
      return Optional.of(new DataFolder(real, programs.toRealPath(), channel));
    } catch (IOException e) {
      throw unusable(path, e);
    }
  }

  /** The folder, absolute and without links. */
  public Path path() {
    return path;
  }

  Path programs() {
    return programs;
  }

  /** Gives the folder free; servers in it must be closed before. */
  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw unusable(path, e);
    }
  }

  static StartFailed unusable(Path path, IOException e) {
    return new StartFailed("data_folder_unusable", "the data folder " + path + " cannot be used: " + words(e), ELSEWHERE, e);
  }

  private static String words(IOException e) {
    if (!(e instanceof FileSystemException at) || at.getFile() == null) {
      return e.getMessage() == null ? "it cannot be read or written" : e.getMessage();
    }
    if (at instanceof AccessDeniedException) {
      return "this user may not write " + at.getFile();
    }
    if (at instanceof FileAlreadyExistsException || at instanceof NotDirectoryException) {
      return at.getFile() + " is a file";
    }
    if (at instanceof NoSuchFileException) {
      return at.getFile() + " is not there and cannot be made";
    }
    return at.getFile() + (at.getReason() == null ? " cannot be read or written" : ": " + at.getReason());
  }

  /** Number of the process that holds a folder, or held it last; empty where nobody did. */
  static String holder(Path path) {
    try {
      return Files.readString(path.resolve(LOCK)).strip();
    } catch (IOException nobody) {
      return "";
    }
  }

  /** Why a folder cannot be claimed that another process holds. */
  public static StartFailed inUse(Path path) {
    String holder = holder(path);
    String process = holder.isEmpty() ? "" : ", process " + holder + ",";
    return new StartFailed("data_folder_in_use", "another server" + process + " runs in the data folder " + real(path),
        "stop that server or set data_dir (COMPUTE_DATA_DIR) to another folder");
  }

  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException gone) {
      return path.toAbsolutePath();
    }
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      FileLock taken = channel.tryLock();
      return taken != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }
}
