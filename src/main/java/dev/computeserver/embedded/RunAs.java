package dev.computeserver.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How to run PostgreSQL, which refuses to run as root.
 *
 * @param prefix words before the command; none for a normal user
 * @param user owner that the data must have; empty where it is this process's own user and none can be set
 */
record RunAs(List<String> prefix, Optional<Owner> user) {
  record Owner(int user, int group) {}

  /** This process's own user. */
  static final RunAs SELF = new RunAs(List.of(), Optional.empty());

  /** In a user namespace of its own root is nobody to itself, and still owner of its files. */
  static final RunAs NAMESPACE = new RunAs(List.of("unshare", "-U"), Optional.of(new Owner(0, 0)));

  /** The user that fits this process: itself, or as root a namespace, or where that is forbidden nobody. */
  static RunAs choose() throws IOException {
    if (!Run.ask(List.of("id", "-u")).equals(Optional.of("0"))) {
      return SELF;
    }
    // PostgreSQL wants a name for its user, which the smallest container images lack.
    if (Run.ask(NAMESPACE.command("id", "-un")).isPresent()) {
      return NAMESPACE;
    }
    return nobody();
  }

  /** The user nobody, for root where namespaces are forbidden. */
  static RunAs nobody() throws IOException {
    Optional<String> user = Run.ask(List.of("id", "-u", "nobody"));
    Optional<String> group = Run.ask(List.of("id", "-g", "nobody"));
    if (user.isPresent() && group.isPresent()) {
      RunAs nobody = new RunAs(List.of("setpriv", "--reuid=" + user.get(), "--regid=" + group.get(), "--clear-groups"),
          Optional.of(new Owner(Integer.parseInt(user.get()), Integer.parseInt(group.get()))));
      if (Run.ask(nobody.command("id", "-un")).isPresent()) {
        return nobody;
      }
    }
    throw new StartFailed("postgres_failed", "PostgreSQL does not run as root, and neither unshare -U nor setpriv can "
        + "give it another user", "run the server as a normal user or set COMPUTE_POSTGRES_URI");
  }

  List<String> command(String... words) {
    return Run.join(prefix, List.of(words));
  }

  /** Gives a folder to the user. */
  void own(Path folder) throws IOException {
    if (user.isPresent()) {
      Trees.own(folder, user.get().user(), user.get().group());
    }
  }
}
