package dev.computeserver.guide;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the README's guide tells to do: each {@code diff} block adds lines to a file, each "whole file" is a new one. */
record Guide(List<Patch> patches, List<NewFile> files) {
  private static final Pattern WHOLE = Pattern.compile("`(src/\\S+)`[^\\[`]*\\[the whole file]\\((src/test/guide/\\S+?)\\)");

  /** The steps that every provider needs. */
  static Guide of(String section) {
    List<Patch> patches = patches(section, "diff");
    List<NewFile> files = WHOLE.matcher(section).results().map(found -> new NewFile(found.group(1), Path.of(found.group(2)))).toList();
    return new Guide(patches, files);
  }

  /** The same steps once more for the guide's second example, which has other names, and capability, and files of its own. */
  Guide withSecondExample() {
    List<Patch> more = patches.stream().map(patch -> new Patch(patch.file, patch.after, patch.added.stream().map(Guide::second).toList())).toList();
    List<NewFile> others = files.stream().map(file -> new NewFile(second(file.target), Path.of(second(file.source.toString())))).toList();
    return new Guide(Stream.concat(patches.stream(), more.stream()).toList(), Stream.concat(files.stream(), others.stream()).toList());
  }

  private static String second(String line) {
    return line.replace("image_generation", "super_resolution").replaceAll("example(?!-|\\.com)", "example_form").replace("EXAMPLE", "EXAMPLE_FORM")
        .replaceAll("Example(?=::|\\.java|Conformance)", "ExampleForm");
  }

  /** The same with a new capability, too. */
  Guide withNewCapability(String section) {
    List<Patch> more = patches(section, "diff new capability");
    return new Guide(Stream.concat(patches.stream(), more.stream()).toList(), files);
  }

  private static List<Patch> patches(String section, String language) {
    List<Patch> found = Readme.blocks(section, language).stream().map(Patch::of).toList();
    if (found.isEmpty()) {
      throw new AssertionError("the guide shows no block ```" + language);
    }
    return found;
  }

  /** Does it below {@code root}. */
  void follow(Path root) throws IOException {
    for (Patch patch : patches) {
      patch.apply(root);
    }
    for (NewFile file : files) {
      Path target = root.resolve(file.target);
      if (Files.exists(target)) {
        throw new AssertionError("the guide's new file exists: " + target);
      }
      Files.createDirectories(target.getParent());
      Files.copy(file.source, target);
    }
  }

  long filesTouched() {
    return Stream.concat(patches.stream().map(Patch::file), files.stream().map(NewFile::target)).distinct().count();
  }

  long linesAdded() throws IOException {
    long lines = patches.stream().mapToLong(patch -> nonBlank(patch.added)).sum();
    for (NewFile file : files) {
      lines += file.lines();
    }
    return lines;
  }

  private static long nonBlank(List<String> lines) {
    return lines.stream().filter(line -> !line.isBlank()).count();
  }

  /** Lines that are put behind others, which must stand in the file exactly once. */
  record Patch(String file, List<String> after, List<String> added) {

    static Patch of(String block) {
      String[] lines = block.split("\n");
      if (!lines[0].startsWith("--- ")) {
        throw new AssertionError("a diff of the guide must begin with --- and the file: " + lines[0]);
      }
      List<String> after = new ArrayList<>();
      List<String> added = new ArrayList<>();
      for (String line : Arrays.asList(lines).subList(1, lines.length)) {
        boolean adds = line.startsWith("+");
        if (!adds && (!line.startsWith(" ") || !added.isEmpty())) {
          throw new AssertionError("a diff of the guide holds lines to find, then lines to add: " + line);
        }
        (adds ? added : after).add(line.substring(1));
      }
      return new Patch(lines[0].substring(4), after, added);
    }

    private void apply(Path root) throws IOException {
      Path path = root.resolve(file);
      String anchor = "\n" + String.join("\n", after) + "\n";
      String text = "\n" + Files.readString(path);
      int at = text.indexOf(anchor);
      if (at < 0 || text.indexOf(anchor, at + 1) >= 0) {
        throw new AssertionError("the guide adds to " + file + " behind lines that do not stand there exactly once: " + after);
      }
      int end = at + anchor.length();
      Files.writeString(path, text.substring(1, end) + String.join("\n", added) + "\n" + text.substring(end));
    }
  }

  /** A file that is shown whole. */
  record NewFile(String target, Path source) {

    long lines() throws IOException {
      return nonBlank(Files.readAllLines(source));
    }
  }
}
