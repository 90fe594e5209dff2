package dev.computeserver.guide;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A command of the README, and what it says about the answer.
 *
 * @param line as it stands there, without the comment
 * @param status from the comment, such as {@code # 202: stored}
 */
record Curl(String line, int status) {
  private static final Pattern COMMAND = Pattern.compile("(?ms)^(curl .*?)\\s+# (\\d{3})\\b[^\\n]*$");

  /** The commands in a block; each must say what it answers. */
  static List<Curl> of(String block) {
    List<Curl> commands = COMMAND.matcher(block).results()
        .map(found -> new Curl(found.group(1), Integer.parseInt(found.group(2)))).toList();
    long begun = block.lines().filter(line -> line.startsWith("curl ")).count();
    if (commands.size() != begun) {
      throw new AssertionError("each curl of the README needs a comment with its status, such as \"# 202\":\n" + block);
    }
    return commands;
  }

  /** Runs it in {@code folder} with the port and the task's id in place, by the shell as a reader would. */
  Answer run(Path folder, int port, String id) throws IOException, InterruptedException {
    String command = line.replace("127.0.0.1:8080", "127.0.0.1:" + port).replace("/ID", "/" + id)
        .replaceFirst("curl ", "curl -w '\\\\n%{http_code}' ");
    Path said = Files.createTempFile(folder, "curl-", "");
    Process process = new ProcessBuilder("sh", "-c", command).directory(folder.toFile()).redirectErrorStream(true)
        .redirectOutput(said.toFile()).start();
    if (!process.waitFor(90, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("no answer within 90 s to " + command);
    }
    String text = Files.readString(said, StandardCharsets.UTF_8);
    Matcher parts = Pattern.compile("(?s)(.*)\\n(\\d{3})").matcher(text);
    if (process.exitValue() != 0 || !parts.matches()) {
      throw new AssertionError(command + " ended with " + process.exitValue() + ": " + text);
    }
    return new Answer(Integer.parseInt(parts.group(2)), parts.group(1));
  }

  /** What it printed. */
  record Answer(int status, String body) {
  }
}
