package dev.computeserver.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** "Add a provider" of the README, followed to the letter. */
class GuideTest {
  private static final String HEADING = "## Add a provider";
  private static final long DEADLINE_SECONDS = 600;
  /** With a capability that nobody else has. */
  private static final List<String> OF_A_NEW_CAPABILITY = names("config.ConfFolderTest", "provider.RegistryTest", "guide.ProvidersTableTest",
      "guide.ExampleEndToEnd", "conformance.ExampleConformanceTest");
  /** What the whole suite would say, too, about two providers that the sandbox does not play. */
  private static final List<String> OF_TWO_PROVIDERS = names("config.ConfFolderTest", "provider.RegistryTest", "guide.ProvidersTableTest",
      "conformance.ExampleConformanceTest", "conformance.ExampleFormConformanceTest", "conformance.OddRepliesTest",
      "conformance.EveryFieldCountsTest", "conformance.EveryCapabilityTest", "conformance.FitsTest");

  private final String section = Readme.read().section(HEADING);
  private final Guide guide = Guide.of(section);

  private static List<String> names(String... classes) {
    return Stream.of(classes).map("dev.computeserver."::concat).toList();
  }

  @Test
  void whatItMakesCompilesAndPassesTheConformanceSuiteAndRunsATask() throws IOException, InterruptedException {
    passes(guide.withNewCapability(section), OF_A_NEW_CAPABILITY);
  }

  @Test
  void itsSecondExamplePassesToo() throws IOException, InterruptedException {
    passes(guide.withSecondExample(), OF_TWO_PROVIDERS);
  }

  private static void passes(Guide steps, List<String> tests) throws IOException, InterruptedException {
    try (PatchedBuild build = new PatchedBuild(steps)) {
      build.compile();
      String log = build.run(DEADLINE_SECONDS, tests);
      for (String test : tests) {
        Matcher told = Pattern.compile(Pattern.quote(test) + " ran (\\d+) failed 0").matcher(log);
        assertTrue(told.find() && Integer.parseInt(told.group(1)) > 0, () -> test + " did not run or failed:\n" + log);
      }
    }
  }

  @Test
  void itCountsItsOwnFilesAndLines() throws IOException {
    long processor = lines("src/main/java");
    long test = lines("src/test/java");
    String counted = guide.filesTouched() + " files, " + guide.linesAdded() + " lines, of which " + processor + " are the processor and " + test
        + " its test";
    assertTrue(section.replaceAll("\\s+", " ").contains(counted), () -> "the guide must say: " + counted);
  }

  private long lines(String folder) throws IOException {
    List<Guide.NewFile> files = guide.files().stream().filter(file -> file.target().startsWith(folder)).toList();
    assertEquals(1, files.size(), () -> "the guide must name one new file below " + folder);
    return files.get(0).lines();
  }
}
