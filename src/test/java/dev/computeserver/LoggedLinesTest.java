package dev.computeserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.joran.spi.JoranException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the packaged configuration makes of what is logged. */
class LoggedLinesTest {
  private static final int LONGEST = 25_000;

  private final LoggerContext context = new LoggerContext();
  private Logger root;

  @BeforeEach
  void configure() throws JoranException {
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(LoggedLinesTest.class.getResource("/logback.xml"));
    root = context.getLogger(Logger.ROOT_LOGGER_NAME);
  }

  @AfterEach
  void stop() {
    context.stop();
  }

  private String line(String message, Throwable thrown) {
    ConsoleAppender<ILoggingEvent> console = (ConsoleAppender<ILoggingEvent>) root.getAppender("CONSOLE");
    return new String(console.getEncoder().encode(new LoggingEvent("", root, Level.ERROR, message, thrown, null)), StandardCharsets.UTF_8);
  }

  private static int endless(int depth) {
    return endless(depth + 1) + 1;
  }

  @Test
  void aStackIsBoundedHoweverDeepAndHoweverManyCausesItHas() {
    StackOverflowError deep = null;
    try {
      endless(0);
    } catch (StackOverflowError thrown) {
      deep = thrown;
    }
    String line = line("deep", deep);
    assertTrue(line.contains("StackOverflowError") && line.contains("endless"), line);
    assertTrue(line.length() < 10_000, "of " + line.length() + " characters");
    Throwable chain = deep;
    for (int i = 0; i < 200; i++) {
      chain = new IllegalStateException("cause " + i, chain);
    }
    assertTrue(line("chain", chain).length() < LONGEST);
  }

  @Test
  void aMessageIsBoundedAndOneLineIsOneEntry() {
    String line = line("begin\n" + "x".repeat(1_000_000), new IllegalStateException("a\nb" + "y".repeat(1_000_000)));
    assertTrue(line.length() < LONGEST, "of " + line.length() + " characters");
    assertTrue(line.contains("begin | x") && line.contains("a | b"), line);
    assertEquals(1, line.lines().count());
  }
}
