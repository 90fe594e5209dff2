package dev.computeserver.guide;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The guide's table of what processors are made of, against what is there. */
class ProcessorWordsTest {
  private static final Pattern CALL = Pattern.compile("`(\\w+)\\(([^`]*)\\)`");

  static Stream<String> rows() {
    List<String> rows = Readme.rows(Readme.read().section("### The words of a processor")).stream().filter(row -> row.startsWith("| `")).toList();
    assertTrue(rows.size() > 8, "the table is gone");
    return rows.stream();
  }

  @ParameterizedTest
  @MethodSource("rows")
  void areThere(String row) throws ClassNotFoundException {
    String name = row.split("`")[1];
    Class<?> type = Class.forName("dev.computeserver.provider." + name);
    Matcher call = CALL.matcher(row);
    int calls = 0;
    while (call.find()) {
      calls++;
      String word = call.group(1);
      int values = call.group(2).isEmpty() ? 0 : call.group(2).split(",").length;
      assertTrue(methods(type, word, values) || records(type, word, values), () -> name + " has no " + word + " of " + values);
    }
    assertTrue(calls > 0, row);
  }

  private static boolean methods(Class<?> type, String word, int values) {
    for (Method each : type.getDeclaredMethods()) {
      if (each.getName().equals(word) && each.getParameterCount() == values) {
        return true;
      }
    }
    return false;
  }

  private static boolean records(Class<?> type, String word, int values) {
    return Stream.concat(Stream.of(type), Arrays.stream(type.getDeclaredClasses())).filter(each -> each.getSimpleName().equals(word)).flatMap(each -> Arrays.stream(each.getDeclaredConstructors()))
        .map(Constructor::getParameterCount).anyMatch(count -> count == values);
  }
}
