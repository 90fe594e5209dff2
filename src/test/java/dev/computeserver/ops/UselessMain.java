package dev.computeserver.ops;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/** A process that becomes of no use in the way that its first argument names, and ends as a server does then. */
final class UselessMain {
  private UselessMain() {
  }

  public static void main(String[] arguments) {
    Consumer<String> end = why -> {
      System.err.println("ends: " + why);
      Runtime.getRuntime().halt(3);
    };
    OutOfMemory memory = OutOfMemory.watch(end);
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    memory.watch(vertx);
    Watchdog watchdog = new Watchdog(Duration.ofSeconds(2), end);
    watchdog.start();
    vertx.deployVerticle(new LoopLag(new Metrics().registry(), watchdog)).onSuccess(deployed -> {
      System.err.println("begins");
      switch (arguments[0]) {
        case "handler" -> vertx.runOnContext(now -> fill());
        case "future" -> Future.succeededFuture(0).map(now -> fill())
            .onFailure(failure -> LoggerFactory.getLogger("dev.computeserver").debug("{} failed", "it", failure));
        case "thread" -> new Thread(UselessMain::fill).start();
        case "held" -> vertx.runOnContext(now -> hold());
        default -> throw new IllegalArgumentException(arguments[0]);
      }
    });
  }

  private static int fill() {
    List<long[]> all = new ArrayList<>();
    while (true) {
      all.add(new long[1 << 20]);
    }
  }

  private static void hold() {
    while (!Thread.currentThread().isInterrupted()) {
      Thread.onSpinWait();
    }
  }
}
