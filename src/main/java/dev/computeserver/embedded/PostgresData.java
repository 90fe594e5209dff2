package dev.computeserver.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The folder of PostgreSQL's data, made once, and the password in it. */
final class PostgresData {
  static final String USER = "compute";
  private static final String PASSWORD = "compute.password";
  private static final long LONGEST_SECONDS = 120;

  private final Path home;
  private final Path folder;
  private final RunAs user;
  private final Path initdb;

  PostgresData(Path home, RunAs user, Path initdb) {
    this.home = home;
    this.folder = home.resolve("postgres-18");
    this.user = user;
    this.initdb = initdb;
  }

  Path folder() {
    return folder;
  }

  String password() {
    try {
      return Files.readString(folder.resolve(PASSWORD)).strip();
    } catch (IOException e) {
      throw new StartFailed("data_folder_unusable", PASSWORD + " in " + folder + " cannot be read",
          "bring it back from a copy, or set COMPUTE_POSTGRES_URI", e);
    }
  }

  /** Makes the data where there is none, and sees to it that the server's user can reach it. */
  void prepare() throws IOException {
    // As nobody, which root's own rights do not help.
    if (Run.ask(user.command("test", "-x", home.toString())).isEmpty()) {
      Set<PosixFilePermission> permissions = EnumSet.copyOf(Files.getPosixFilePermissions(home));
      permissions.add(PosixFilePermission.OTHERS_EXECUTE);
      Files.setPosixFilePermissions(home, permissions);
    }
    if (Run.ask(user.command("test", "-x", initdb.toString())).isEmpty()
        || Run.ask(user.command("test", "-x", home.toString())).isEmpty()) {
      throw new StartFailed("data_folder_unusable", "PostgreSQL's user may not enter " + home + " or run programs in "
          + initdb.getParent() + "; as root it has the user nobody", "give all users the right to enter the folders "
          + "above (chmod o+x), set data_dir (COMPUTE_DATA_DIR) to a folder such as /var/lib/compute, or run the "
          + "server as a normal user");
    }
    if (Files.exists(folder)) {
      user.own(folder);
    } else {
      create();
    }
  }

  /** Made under another name first, so that a process killed meanwhile leaves nothing that looks complete. */
  private void create() throws IOException {
    Path fresh = home.resolve("postgres-18.new");
    Path password = home.resolve("postgres-18.password");
    Trees.delete(fresh);
    Files.deleteIfExists(password);
    Files.createFile(password, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(password, Passwords.random());
    Files.createDirectory(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    user.own(password);
    user.own(fresh);
    Path log = home.resolve("postgres.log");
    Process process = Run.server(user.command(initdb.toString(), "-D", fresh.toString(), "-U", USER,
        "--pwfile=" + password, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8"), home, log);
    if (!succeeded(process)) {
      throw new StartFailed("postgres_failed", "initdb fails in " + home + ": " + Run.tail(log), "see " + log
          + ", or set COMPUTE_POSTGRES_URI to a server of your own");
    }
    Files.move(password, fresh.resolve(PASSWORD));
    Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
  }

  private static boolean succeeded(Process process) {
    try {
      if (process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
        return process.exitValue() == 0;
      }
      process.destroyForcibly();
      return false;
    } catch (InterruptedException e) {
      process.destroyForcibly();
      throw Run.interrupted();
    }
  }
}
