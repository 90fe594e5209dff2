package dev.computeserver.fuzz;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/**
 * Sends a whole node good things that are changed a little, and complains where it answers with a mistake of its own, hangs, takes
 * something else than was sent, loses a task or submits one twice:
 *
 * <pre>{@code
 * mvn -q test-compile exec:java -Dexec.classpathScope=test -Dmain.class=dev.computeserver.fuzz.Fuzz -Dexec.args="--cases 20000 --seed 1"
 * }</pre>
 *
 * <p>The same seed is the same cases. A failing case is printed with as few of its changes as still fail. Ends with 1 where any failed.
 */
public final class Fuzz {
  private static final int CHUNK = 64;
  private static final int MOST_TOLD = 10;

  private final ErrorLog log;
  private final Map<String, Integer> counts = new LinkedHashMap<>();
  private int failed;

  private Fuzz(ErrorLog log) {
    this.log = log;
  }

  public static void main(String[] arguments) {
    int cases = number(arguments, "--cases", 20_000);
    long seed = number(arguments, "--seed", 1);
    Fuzz fuzz = new Fuzz(ErrorLog.begin());
    Vertx vertx = Vertx.vertx();
    Replies replies = new Replies();
    try (FakeProvider provider = new FakeProvider(vertx, replies::answer)) {
      Map<String, String> settings = Replies.settings(provider.baseUrl());
      int port = TestServers.freePort();
      settings.put("COMPUTE_HTTP_PORT", String.valueOf(port));
      settings.put("COMPUTE_PUBLIC_URL", "http://127.0.0.1:" + port);
      try (TestNode node = new TestNode(settings)) {
        replies.at(provider, node);
        fuzz.run(new Requests(port), seed, cases * 6 / 10);
        fuzz.run(new Frames(port), seed + 1, cases * 15 / 100);
        fuzz.run(replies, seed + 2, cases * 15 / 100);
        fuzz.run(new Callbacks(port), seed + 3, cases / 10);
        fuzz.atRest(node);
      }
    }
    vertx.close().await();
    fuzz.counts.forEach((what, count) -> System.out.println(what + ": " + count));
    System.out.println("seed " + seed + ", failed: " + fuzz.failed);
    System.exit(fuzz.failed == 0 ? 0 : 1);
  }

  private static int number(String[] arguments, String name, int otherwise) {
    for (int i = 0; i + 1 < arguments.length; i++) {
      if (arguments[i].equals(name)) {
        return Integer.parseInt(arguments[i + 1]);
      }
    }
    return otherwise;
  }

  private void run(Kind kind, long seed, int count) {
    counts.put(kind.name(), count);
    long began = System.nanoTime();
    for (int from = 0; from < count; from += CHUNK) {
      long first = seed * 1_000_003 + from;
      List<Kind.Case> cases = LongStream.range(first, first + Math.min(CHUNK, count - from)).mapToObj(kind::make).toList();
      List<String> complaints = kind.run(cases);
      for (int i = 0; i < cases.size(); i++) {
        if (complaints.get(i) != null) {
          tell(kind, cases.get(i), complaints.get(i));
        }
      }
      List<String> errors = log.taken();
      if (!errors.isEmpty()) {
        failed++;
        System.out.println(kind.name() + ", cases from seed " + first + ": logged as an error: " + errors);
      }
    }
    System.out.println(kind.name() + ": " + count + " cases in " + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began) + " s");
  }

  private void tell(Kind kind, Kind.Case failing, String complaint) {
    failed++;
    if (failed > MOST_TOLD) {
      return;
    }
    Kind.Case smallest = failing;
    String last = complaint;
    boolean smaller = true;
    while (smaller) {
      smaller = false;
      for (List<Change> fewer : Change.smaller(smallest.changes())) {
        Kind.Case candidate = smallest.with(fewer);
        String still = kind.run(List.of(candidate)).get(0);
        if (still != null) {
          smallest = candidate;
          last = still;
          smaller = true;
          break;
        }
      }
    }
    System.out.println(kind.name() + ", seed " + failing.seed() + ", changes " + smallest.changes() + ": " + last);
  }

  /** After all of it the node serves, and has given back what it took. */
  private void atRest(TestNode node) {
    List<String> wrong = new ArrayList<>();
    if (node.get("/health/ready").status() != 200) {
      wrong.add("the node is not ready");
    }
    String taken = new String(node.get("/metrics").bytes()).lines().filter(line -> line.startsWith("compute_memory_taken_bytes ")).findFirst().orElse("");
    if (!taken.endsWith(" 0.0") && !taken.endsWith(" 0")) {
      wrong.add("memory is still taken: " + taken);
    }
    wrong.forEach(System.out::println);
    failed += wrong.size();
  }
}
