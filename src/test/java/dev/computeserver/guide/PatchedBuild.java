package dev.computeserver.guide;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** A copy of the program's sources that a guide is followed in; compiled, and run in a JVM of its own. */
final class PatchedBuild implements AutoCloseable {
  private static final Path TARGET = Path.of("target").toAbsolutePath();

  private final Path root;

  PatchedBuild(Guide guide) throws IOException {
    Path programs = Files.createDirectories(TARGET.resolve("programs"));
    root = Files.createTempDirectory(TARGET, "guide-");
    for (String part : List.of("src/main", "conf", "README.md", "cluster.xml")) {
      copy(part);
    }
    guide.follow(root);
    // The embedded servers' programs are unpacked once for all.
    Files.createDirectories(root.resolve("target"));
    Files.createSymbolicLink(root.resolve("target/programs"), programs);
  }

  private void copy(String part) throws IOException {
    try (Stream<Path> paths = Files.walk(Path.of(part))) {
      for (Path path : paths.toList()) {
        Path target = root.resolve(path.toString());
        Files.createDirectories(target.getParent());
        Files.copy(path, target);
      }
    }
  }

  /** Compiles the program anew, and of the tests those that are new; the others are taken as they are. */
  void compile() throws IOException {
    compile("src/main/java", "classes", libraries());
    compile("src/test/java", "test-classes", root.resolve("classes") + File.pathSeparator + libraries());
  }

  private void compile(String sources, String out, String classPath) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    Path classes = Files.createDirectories(root.resolve(out));
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
        Stream<Path> paths = Files.walk(root.resolve(sources))) {
      List<Path> java = paths.filter(path -> path.toString().endsWith(".java")).toList();
      List<String> options = List.of("--release", "17", "-parameters", "-proc:none", "-nowarn", "-d", classes.toString(), "-classpath", classPath);
      if (!compiler.getTask(messages, files, null, options, null, files.getJavaFileObjectsFromPaths(java)).call()) {
        throw new AssertionError("what the guide makes does not compile:\n" + messages);
      }
    }
  }

  /** Runs {@link GuideRun} with these test classes and gives what it printed; fails where it does not end in time. */
  String run(long seconds, List<String> tests) throws IOException, InterruptedException {
    Path log = root.resolve("run.log");
    List<String> places = List.of(root.resolve("classes").toString(), root.resolve("src/main/resources").toString(), root.toString(),
        root.resolve("test-classes").toString(), libraries());
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m",
        "-XX:TieredStopAtLevel=1", "-Dproviders=example.*", "-cp", String.join(File.pathSeparator, places), GuideRun.class.getName()));
    command.addAll(tests);
    ProcessBuilder builder = new ProcessBuilder(command).directory(root.toFile()).redirectErrorStream(true).redirectOutput(log.toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("COMPUTE_"));
    Process process = builder.start();
    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
      process.destroy();
      process.waitFor(20, TimeUnit.SECONDS);
      throw new AssertionError("the tests of the guide did not end within " + seconds + " s:\n" + Files.readString(log));
    }
    return Files.readString(log);
  }

  /** The class path of this run; Surefire hides it behind a jar. */
  private static String libraries() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  @Override
  public void close() {
    try (Stream<Path> paths = Files.walk(root)) {
      paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
