package dev.computeserver.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.callback.Scheme;
import dev.computeserver.callback.Source;
import dev.computeserver.provider.CallbackRules;
import dev.computeserver.provider.ProcessorRegistry;
import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The guide's tables of schemes and of where their keys come from, against what is there and who uses it. */
class CallbackTablesTest {
  private final List<String> rows = Readme.rows(Readme.read().section("### Callbacks"));

  private static String cell(String row, int column) {
    return row.split("\\|")[column].strip();
  }

  @Test
  void everySchemeIsShownWithThoseWhoUseIt() {
    Map<String, String> wanted = new TreeMap<>();
    calls(Scheme.class).forEach(call -> wanted.put(call, ""));
    ProcessorRegistry.ofAll().all().forEach(each -> each.callbacks().flatMap(CallbackTablesTest::scheme)
        .ifPresent(scheme -> wanted.merge(call(scheme.getClass()), "`" + each.providerType().word() + "`",
            (some, more) -> some.isEmpty() ? more : Stream.of((some + ", " + more).split(", ")).sorted().collect(Collectors.joining(", ")))));
    Map<String, String> shown = rows.stream().filter(row -> !cell(row, 1).startsWith("`Source.") && cell(row, 1).startsWith("`"))
        .collect(Collectors.toMap(row -> cell(row, 1), row -> cell(row, 4), (one, other) -> one + other, TreeMap::new));
    assertEquals(wanted, shown);
  }

  private static Optional<Scheme> scheme(CallbackRules rules) {
    return rules instanceof CallbackRules.OfAttempt each ? each.scheme() : Optional.of(((CallbackRules.OfAccount) rules).scheme());
  }

  @Test
  void everySourceOfKeysIsShown() {
    List<String> shown = rows.stream().map(row -> cell(row, 1)).filter(name -> name.startsWith("`Source.")).sorted().toList();
    assertEquals(calls(Source.class).map(call -> "`Source." + call.substring(1)).sorted().toList(), shown);
  }

  private static Stream<String> calls(Class<?> sealed) {
    return Arrays.stream(sealed.getPermittedSubclasses()).map(CallbackTablesTest::call);
  }

  /** How one is made, as in {@code Hmac(header, source)}. */
  private static String call(Class<?> type) {
    return "`" + type.getSimpleName() + "(" + Arrays.stream(type.getDeclaredConstructors()[0].getParameters()).map(Parameter::getName)
        .collect(Collectors.joining(", ")) + ")`";
  }
}
