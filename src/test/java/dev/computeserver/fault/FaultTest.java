package dev.computeserver.fault;

import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Three real nodes with PostgreSQL and Redis under steady load, while nodes are killed, paused, stopped and cut off at random
 * and the provider accepts jobs whose submits it does not answer; then everything is counted. From the project's folder, after
 * {@code mvn -q -DskipTests package}:
 *
 * <pre>{@code
 * mvn -q test-compile exec:java -Dexec.classpathScope=test -Dmain.class=dev.computeserver.fault.FaultTest -Dexec.args="--seconds 600 --seed 1"
 * }</pre>
 *
 * <p>For the arguments see {@link Options#USAGE}. It prints a table and ends with code 1 where anything was lost, submitted
 * twice or missed. As root on Linux it cuts the network between nodes, too.
 */
public final class FaultTest {
  private static final int NODES = 3;
  private static final int SETTLE_SECONDS = 180;

  private FaultTest() {
  }

  public static void main(String[] args) throws Exception {
    Options options = Options.parse(args);
    Map<String, String> settings = Map.of("COMPUTE_TASKS_RECONCILE_SECONDS", "10");
    boolean sound;
    try (Stage stage = Stage.set(new Stage.Plan(NODES, options.jar(), options.folder(), options.seed(), false, settings))) {
      sound = play(stage, options);
    }
    System.exit(sound ? 0 : 1);
  }

  private static boolean play(Stage stage, Options options) throws Exception {
    try (Takeovers takeovers = new Takeovers(stage.store(), stage.nodes())) {
      Chaos chaos = new Chaos(stage, takeovers, options);
      stage.clients().start(options.rate());
      long begun = System.nanoTime();
      chaos.run();
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
      System.out.println("Faults have ended; waiting until everything has.");
      return stage.verdict(SETTLE_SECONDS).print(options, chaos, takeovers, stage.hosts().separate(), seconds);
    }
  }
}
