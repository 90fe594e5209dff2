package dev.computeserver.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Prints each figure when it is known and all of them, as medians of the runs, in one Markdown table at the end. */
final class Report {

  private final Map<String, List<Figure>> byName = new LinkedHashMap<>();
  private final String command;

  Report(String command) {
    this.command = command;
  }

  void add(List<Figure> figures) {
    for (Figure figure : figures) {
      System.out.println(figure);
      byName.computeIfAbsent(figure.program() + "/" + figure.name(), key -> new ArrayList<>()).add(figure);
    }
  }

  void printTable() {
    if (byName.isEmpty()) {
      return;
    }
    StringBuilder table = new StringBuilder("\n`").append(command).append("`\n\n")
        .append("| program | figure | median | unit | runs |\n| --- | --- | ---: | --- | ---: |\n");
    byName.values().forEach(runs -> {
      Figure median = median(runs);
      table.append("| ").append(median.program()).append(" | ").append(median.name()).append(" | ")
          .append(median.valueText()).append(" | ").append(median.unit()).append(" | ").append(runs.size())
          .append(" |\n");
    });
    System.out.println(table);
  }

  private static Figure median(List<Figure> runs) {
    double[] values = runs.stream().mapToDouble(Figure::value).filter(value -> !Double.isNaN(value)).sorted().toArray();
    int half = values.length / 2;
    double middle = values.length == 0 ? Double.NaN
        : values.length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
    Figure first = runs.get(0);
    return new Figure(first.program(), first.name(), middle, first.unit());
  }
}
