package dev.computeserver.fuzz;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/** Keeps what is logged as an error: no input of others may be one. */
final class ErrorLog extends AppenderBase<ILoggingEvent> {
  private static final Logger ROOT = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

  private final ConcurrentLinkedQueue<String> errors = new ConcurrentLinkedQueue<>();

  static ErrorLog begin() {
    ErrorLog log = new ErrorLog();
    log.setContext(ROOT.getLoggerContext());
    log.start();
    ROOT.addAppender(log);
    ROOT.setLevel(Level.WARN);
    return log;
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (event.getLevel().isGreaterOrEqual(Level.ERROR)) {
      errors.add(event.getLoggerName() + ": " + event.getFormattedMessage());
    }
  }

  /** What has come since it was asked before. */
  List<String> taken() {
    List<String> all = List.copyOf(errors);
    errors.clear();
    return all;
  }
}
