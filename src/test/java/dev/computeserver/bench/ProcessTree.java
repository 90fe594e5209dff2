package dev.computeserver.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The processes of one server, read from {@code /proc}: itself, all below it, and those that work in its data folder,
 * for embedded PostgreSQL and Redis may have left their parent.
 */
final class ProcessTree {

  /** One process at one moment; CPU in clock ticks, with that of its ended children apart. */
  record Entry(long pid, long parent, String name, long ticks, long childTicks) { }

  private static final Path PROC = Path.of("/proc");
  private static final int PARENT = 1;
  private static final int USER_TICKS = 11;

  private ProcessTree() {
  }

  static List<Entry> of(long serverPid, Path dataFolder) {
    Map<Long, Entry> all = new HashMap<>();
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path folder : folders) {
        Entry entry = read(Long.parseLong(folder.getFileName().toString()));
        if (entry != null) {
          all.put(entry.pid(), entry);
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("/proc cannot be read; the benchmarks need Linux", e);
    }
    Map<Long, Boolean> known = new HashMap<>();
    known.put(serverPid, true);
    known.put(ProcessHandle.current().pid(), false);
    List<Entry> own = new ArrayList<>();
    for (Entry entry : all.values()) {
      if (belongs(entry, all, known, dataFolder)) {
        own.add(entry);
      }
    }
    return own;
  }

  /** One process, or null when it has gone. */
  static Entry read(long pid) {
    try {
      String stat = Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
      int open = stat.indexOf('(');
      int close = stat.lastIndexOf(')');
      String[] rest = stat.substring(close + 2).split(" ");
      return new Entry(pid, Long.parseLong(rest[PARENT]), stat.substring(open + 1, close),
          Long.parseLong(rest[USER_TICKS]) + Long.parseLong(rest[USER_TICKS + 1]),
          Long.parseLong(rest[USER_TICKS + 2]) + Long.parseLong(rest[USER_TICKS + 3]));
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }

  private static boolean belongs(Entry entry, Map<Long, Entry> all, Map<Long, Boolean> known, Path dataFolder) {
    Boolean answer = known.get(entry.pid());
    if (answer == null) {
      Entry parent = all.get(entry.parent());
      answer = parent != null && belongs(parent, all, known, dataFolder) || worksIn(entry.pid(), dataFolder);
      known.put(entry.pid(), answer);
    }
    return answer;
  }

  private static boolean worksIn(long pid, Path dataFolder) {
    Path process = PROC.resolve(Long.toString(pid));
    try {
      if (Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1).contains(dataFolder.toString())) {
        return true;
      }
      return Files.readSymbolicLink(process.resolve("cwd")).startsWith(dataFolder);
    } catch (IOException e) {
      return false;
    }
  }
}
