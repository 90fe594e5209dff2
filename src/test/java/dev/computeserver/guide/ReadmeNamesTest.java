package dev.computeserver.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.config.InvalidSettings;
import dev.computeserver.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whatever the README names is there: files, test classes, settings and variables. */
class ReadmeNamesTest {
  private static final List<Path> ROOTS = Stream.of("", "src/main/java/dev/computeserver", "src/test/java/dev/computeserver").map(Path::of).toList();
  /** Come into being by running it. */
  private static final Set<String> MADE = Set.of("data/", "data/outputs", "target/compute-server.jar");
  private static final Set<String> GROUPS = Set.of("http", "postgres", "redis", "cluster", "node", "queues", "tasks", "outputs", "guard", "webhooks",
      "live", "sandbox", "providers");

  private final String text = Readme.read().text();
  private final Guide guide = Guide.of(Readme.read().section("## Add a provider"));

  @Test
  void everyFileExists() {
    Set<String> made = guide.files().stream().map(Guide.NewFile::target).collect(Collectors.toSet());
    Set<String> paths = all("`(?!/|ws:)((?:[A-Za-z0-9_.-]+/)+[A-Za-z0-9_.-]*|[a-z-]+\\.(?:yaml|xml|java|md))`");
    paths.addAll(all("]\\((?!https?:)([^)#]+)\\)"));
    paths.removeAll(made);
    paths.removeAll(MADE);
    paths.remove("package-info.java");
    assertTrue(paths.size() > 10, paths::toString);
    assertEquals(List.of(), paths.stream().filter(path -> ROOTS.stream().noneMatch(root -> Files.exists(root.resolve(path)))).toList());
  }

  @Test
  void everyTestClassExists() throws IOException {
    Set<String> known = guide.withSecondExample().files().stream().map(file -> name(Path.of(file.target()))).collect(Collectors.toSet());
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      files.map(ReadmeNamesTest::name).forEach(known::add);
    }
    Set<String> named = all("\\b([A-Z][A-Za-z0-9]+Test)\\b");
    assertTrue(named.contains("GuideTest"), named::toString);
    named.removeAll(known);
    assertEquals(Set.of(), named);
  }

  private static String name(Path java) {
    return java.getFileName().toString().replace(".java", "");
  }

  @Test
  void everySettingAndVariableIsKnown() {
    Set<String> variables = all("\\b(COMPUTE_[A-Z0-9_]*[A-Z0-9])\\b");
    Set<String> settings = all("`([a-z_]+\\.[a-z_.]+)`");
    settings.removeIf(name -> !GROUPS.contains(name.substring(0, name.indexOf('.'))) || Files.exists(Path.of(name)));
    settings.forEach(name -> variables.add("COMPUTE_" + name.toUpperCase(Locale.ROOT).replace('.', '_')));
    assertTrue(variables.containsAll(Set.of("COMPUTE_HTTP_PORT", "COMPUTE_TASKS_RECONCILE_SECONDS")), variables::toString);
    variables.remove("COMPUTE_CONF");
    assertEquals(List.of(), variables.stream().filter(name -> !known(name)).toList());
  }

  /** A known name is taken, or its value is refused. */
  private static boolean known(String variable) {
    try {
      return Settings.load((Path) null, Map.of(variable, "1")).warnings().stream()
          .noneMatch(warning -> warning.startsWith(variable + " matches no setting"));
    } catch (InvalidSettings refused) {
      return refused.getMessage().contains(variable);
    }
  }

  @Test
  void everyKeyIsThatOfAProvider() {
    Set<String> known = Settings.load((Path) null, Map.of()).providers().values().stream()
        .flatMap(config -> Stream.of(config.apiKeyEnv(), config.baseUrlEnv())).collect(Collectors.toCollection(TreeSet::new));
    guide.patches().forEach(patch -> patch.added().forEach(line -> known.add(line.replaceFirst(".*api_key_env: ", ""))));
    Set<String> named = all("`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`");
    named.removeIf(name -> name.startsWith("COMPUTE_"));
    assertTrue(named.contains("FAL_KEY"), named::toString);
    named.removeAll(known);
    assertEquals(Set.of(), named);
  }

  private Set<String> all(String regex) {
    return Pattern.compile(regex).matcher(text).results().map(found -> found.group(1)).collect(Collectors.toCollection(TreeSet::new));
  }
}
