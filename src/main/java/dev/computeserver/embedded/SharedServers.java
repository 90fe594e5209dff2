package dev.computeserver.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What the process that holds a data folder has started, for other nodes of its cluster on the same machine. Written to
 * {@code shared-servers} in the folder, which only this user can read, since the URIs hold passwords.
 *
 * @param postgres URI of the built-in PostgreSQL
 * @param redis URI of the built-in Redis
 * @param sandbox origin of the built-in sandbox, such as {@code http://127.0.0.1:4711}; empty where there is none
 */
public record SharedServers(String postgres, String redis, String sandbox) {
  private static final String FILE = "shared-servers";
  private static final long LOOK_MILLIS = 100;

  /** Lets other processes join; ends with the process, since the file names it. */
  public void offer(DataFolder folder) {
    try {
      Path fresh = folder.path().resolve(FILE + ".new");
      Files.deleteIfExists(fresh);
      Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.write(fresh, List.of(String.valueOf(ProcessHandle.current().pid()), postgres, redis, sandbox));
      Files.move(fresh, folder.path().resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw DataFolder.unusable(folder.path(), e);
    }
  }

  /**
   * What the folder's holder offers. Blocks until it does, for it may be just starting.
   *
   * @throws StartFailed where it has not within {@code patience}, with what to do next
   */
  public static SharedServers join(Path dataFolder, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (System.nanoTime() < deadline) {
      Optional<SharedServers> offered = offered(dataFolder);
      if (offered.isPresent()) {
        return offered.get();
      }
      Run.pause(LOOK_MILLIS);
    }
    throw new StartFailed("data_folder_in_use", "another server, process " + DataFolder.holder(dataFolder) + ", runs in the data folder "
        + dataFolder + " and offers no PostgreSQL and Redis to join", "start that one with COMPUTE_CLUSTER_ENABLED=true, too, or set "
        + "COMPUTE_POSTGRES_URI and COMPUTE_REDIS_URI, or another COMPUTE_DATA_DIR");
  }

  private static Optional<SharedServers> offered(Path dataFolder) {
    try {
      List<String> lines = Files.readAllLines(dataFolder.resolve(FILE));
      return lines.size() == 4 && lines.get(0).equals(DataFolder.holder(dataFolder)) && Signal.alive(lines.get(0)).isPresent()
          ? Optional.of(new SharedServers(lines.get(1), lines.get(2), lines.get(3))) : Optional.empty();
    } catch (IOException notYet) {
      return Optional.empty();
    }
  }
}
