package dev.computeserver.guide;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The README in pieces. */
record Readme(String text) {
  static final Path FILE = Path.of("README.md");

  static Readme read() {
    try {
      return new Readme(Files.readString(FILE));
    } catch (IOException missing) {
      throw new UncheckedIOException(missing);
    }
  }

  /** What stands below a heading such as {@code ## Settings}, up to the next one of its level or above. */
  String section(String heading) {
    int from = text.indexOf("\n" + heading + "\n");
    if (from < 0) {
      throw new AssertionError("the README has no section \"" + heading + "\"");
    }
    int level = heading.indexOf(' ');
    List<String> lines = new ArrayList<>();
    boolean fenced = false;
    for (String line : text.substring(from + heading.length() + 2).split("\n")) {
      fenced ^= line.startsWith("```");
      if (!fenced && line.matches("#{1," + level + "} .*")) {
        break;
      }
      lines.add(line);
    }
    return String.join("\n", lines);
  }

  /** The contents of the fenced blocks of a language, or of those that name none where it is empty. */
  static List<String> blocks(String section, String language) {
    List<String> blocks = new ArrayList<>();
    List<String> open = null;
    boolean wanted = false;
    for (String line : section.split("\n")) {
      if (!line.startsWith("```")) {
        if (open != null) {
          open.add(line);
        }
      } else if (open == null) {
        open = new ArrayList<>();
        wanted = line.equals("```" + language);
      } else {
        if (wanted) {
          blocks.add(String.join("\n", open));
        }
        open = null;
      }
    }
    return blocks;
  }

  /** The rows of the table in a section, heads excluded. */
  static List<String> rows(String section) {
    return Arrays.stream(section.split("\n")).filter(line -> line.startsWith("| ")).filter(line -> !line.startsWith("| ---")).skip(1).toList();
  }
}
