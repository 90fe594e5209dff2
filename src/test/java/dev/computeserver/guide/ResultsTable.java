package dev.computeserver.guide;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The guide's table of what a task's {@code result} holds. */
public record ResultsTable(List<String> rows) {
  private static final String OTHERS = "those with files";
  private static final String OF_ALL = "every one";
  private static final Pattern FIELD = Pattern.compile("`(\\w+)`");

  public static ResultsTable read() {
    return new ResultsTable(Readme.rows(Readme.read().section("### Results")));
  }

  /** The fields without which a result of the capability is none; empty where the files are all that is asked for. */
  public Set<String> needed(String capability) {
    return fields(capability, 2);
  }

  /** These, and those that are there where the provider tells them. */
  public Set<String> known(String capability) {
    Set<String> known = new LinkedHashSet<>(needed(capability));
    known.addAll(fields(capability, 3));
    known.addAll(fields(OF_ALL, 3));
    return known;
  }

  private Set<String> fields(String capability, int column) {
    String[] cells = row(capability).or(() -> row(OTHERS)).orElseThrow(() -> new AssertionError("the table of results has no row " + OTHERS)).split("\\|");
    return FIELD.matcher(cells[column]).results().map(found -> found.group(1)).collect(Collectors.toSet());
  }

  private Optional<String> row(String of) {
    return rows.stream().filter(row -> List.of(row.split("\\|")[1].strip().split(", ")).contains(of)).findFirst();
  }
}
