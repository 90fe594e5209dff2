package dev.computeserver.ops;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import io.vertx.core.Vertx;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * Ends a process that ran out of memory: what was interrupted then is in no known state, and others take over what it owns. Wherever
 * such an error ends up, uncaught, on an event loop or in a log, it is noticed. The JVM's own {@code -XX:+ExitOnOutOfMemoryError} does
 * the same sooner, but only where it is given.
 */
public final class OutOfMemory extends TurboFilter {
  private static final int MOST_CAUSES = 20;

  private final Consumer<String> end;

  private OutOfMemory(Consumer<String> end) {
    this.end = end;
  }

  /** @param end ends the process, and is told why */
  public static OutOfMemory watch(Consumer<String> end) {
    OutOfMemory watch = new OutOfMemory(end);
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
      watch.look(error);
      if (before != null) {
        before.uncaughtException(thread, error);
      } else {
        LoggerFactory.getLogger(OutOfMemory.class).error("Uncaught in thread {}", thread.getName(), error);
      }
    });
    ((LoggerContext) LoggerFactory.getILoggerFactory()).addTurboFilter(watch);
    return watch;
  }

  /** What Vert.x catches on an event loop is looked at, too, and logged as before. */
  public void watch(Vertx vertx) {
    vertx.exceptionHandler(error -> {
      look(error);
      LoggerFactory.getLogger(Vertx.class).error("Unhandled exception", error);
    });
  }

  private void look(Throwable error) {
    Throwable cause = error;
    for (int i = 0; cause != null && i < MOST_CAUSES; i++) {
      if (cause instanceof OutOfMemoryError) {
        end.accept("out of memory: " + cause.getMessage());
      }
      cause = cause.getCause();
    }
  }

  @Override
  public FilterReply decide(Marker marker, Logger logger, Level level, String format, Object[] parameters, Throwable error) {
    look(error);
    if (parameters != null && parameters.length > 0 && parameters[parameters.length - 1] instanceof Throwable last) {
      look(last);
    }
    return FilterReply.NEUTRAL;
  }
}
