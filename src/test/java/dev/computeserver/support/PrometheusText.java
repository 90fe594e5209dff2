package dev.computeserver.support;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Prometheus text, read strictly: an unknown line, a sample outside its family or a series that comes twice is an error. */
public final class PrometheusText {
  private static final Pattern COMMENT = Pattern.compile("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)");
  private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (NaN|[+-]Inf|-?\\d+(?:\\.\\d+)?(?:E-?\\d+)?)");
  private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\n]|\\\\[\\\\\"n])*)\"(?:,(?!$)|$)");
  private static final Map<String, List<String>> ENDINGS = Map.of("counter", List.of(""), "gauge", List.of(""), "summary", List.of("_count", "_sum"),
      "histogram", List.of("_count", "_sum", "_bucket"));

  private final Map<String, String> types = new LinkedHashMap<>();
  private final Map<String, Map<Map<String, String>, Double>> samples = new HashMap<>();
  private String family = "";

  private PrometheusText() {
  }

  public static PrometheusText of(String text) {
    PrometheusText read = new PrometheusText();
    require(text.endsWith("\n"), "the last line does not end");
    text.lines().forEach(read::line);
    return read;
  }

  private static void require(boolean right, String why) {
    if (!right) {
      throw new AssertionError("not Prometheus text: " + why);
    }
  }

  private void line(String line) {
    Matcher comment = COMMENT.matcher(line);
    if (!comment.matches()) {
      sample(line);
    } else if (comment.group(1).equals("HELP")) {
      family = comment.group(2);
      require(!types.containsKey(family), "a family comes twice: " + line);
    } else {
      require(comment.group(2).equals(family), "a type of another family: " + line);
      require(ENDINGS.containsKey(comment.group(3)), "an unknown type: " + line);
      require(types.put(family, comment.group(3)) == null, "a second type: " + line);
    }
  }

  private void sample(String line) {
    Matcher sample = SAMPLE.matcher(line);
    require(sample.matches(), line);
    String name = sample.group(1);
    require(types.containsKey(family) && ENDINGS.get(types.get(family)).stream().anyMatch(ending -> name.equals(family + ending)),
        "a sample outside its family " + family + ": " + line);
    Double value = Double.valueOf(sample.group(3).replace("Inf", "Infinity"));
    require(samples.computeIfAbsent(name, first -> new HashMap<>()).put(labels(sample.group(2)), value) == null, "a series comes twice: " + line);
  }

  private static Map<String, String> labels(String text) {
    Map<String, String> labels = new TreeMap<>();
    if (text != null) {
      Matcher label = LABEL.matcher(text);
      int end = 0;
      while (label.find() && label.start() == end) {
        require(labels.put(label.group(1), label.group(2)) == null, "a label comes twice: " + text);
        end = label.end();
      }
      require(end == text.length(), "labels " + text);
    }
    return labels;
  }

  /** The names behind HELP and TYPE. */
  public Set<String> families() {
    return types.keySet();
  }

  public Set<String> labelNames() {
    return samples.values().stream().flatMap(series -> series.keySet().stream()).flatMap(labels -> labels.keySet().stream())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The series' value; {@code labels} are all of its labels, names and values in turn. */
  public double value(String name, String... labels) {
    Map<String, String> wanted = new TreeMap<>();
    for (int i = 0; i < labels.length; i += 2) {
      wanted.put(labels[i], labels[i + 1]);
    }
    Double value = samples.getOrDefault(name, Map.of()).get(wanted);
    if (value == null) {
      throw new AssertionError("no " + name + wanted + " among " + samples.getOrDefault(name, Map.of()).keySet());
    }
    return value;
  }

  /** The same, 0 where nothing was counted yet. */
  public double count(String name, String... labels) {
    try {
      return value(name, labels);
    } catch (AssertionError none) {
      return 0;
    }
  }
}
