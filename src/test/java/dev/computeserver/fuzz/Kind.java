package dev.computeserver.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** What is sent changed. */
interface Kind {
  String name();

  /** A case of these changes; the same seed is the same case. */
  default Case make(long seed) {
    Random random = new Random(seed);
    return new Case(seed, random.ints(1 + random.nextInt(3)).mapToObj(each -> Change.of(random)).toList());
  }

  /** Runs cases, many at once where that is possible; answers for each a complaint, or null where all was right. */
  List<String> run(List<Case> cases);

  /** Runs each by itself, some at a time: much of their time is waiting. */
  static List<String> sideBySide(List<Case> cases, Function<Case, String> one) {
    ExecutorService threads = Executors.newFixedThreadPool(16);
    try {
      List<Future<String>> all = cases.stream().map(each -> threads.submit(() -> one.apply(each))).toList();
      List<String> complaints = new ArrayList<>();
      for (Future<String> each : all) {
        complaints.add(each.get());
      }
      return complaints;
    } catch (InterruptedException | ExecutionException failed) {
      throw new IllegalStateException(failed);
    } finally {
      threads.shutdownNow();
    }
  }

  /** @param seed of all that is by chance besides the changes */
  record Case(long seed, List<Change> changes) {
    Random random() {
      return new Random(seed ^ 0x5deece66dL);
    }

    Case with(List<Change> fewer) {
      return new Case(seed, fewer);
    }
  }
}
