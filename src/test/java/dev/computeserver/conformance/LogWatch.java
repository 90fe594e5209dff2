package dev.computeserver.conformance;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** Keeps every log line while it is on, ours down to the finest. */
final class LogWatch extends AppenderBase<ILoggingEvent> {
  private static final Logger ROOT = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private static final Logger OURS = (Logger) LoggerFactory.getLogger("dev.computeserver");

  private final List<String> lines = new CopyOnWriteArrayList<>();

  @Override
  public void start() {
    super.start();
    ROOT.addAppender(this);
    OURS.setLevel(Level.TRACE);
  }

  @Override
  public void stop() {
    ROOT.detachAppender(this);
    OURS.setLevel(null);
    super.stop();
  }

  @Override
  protected void append(ILoggingEvent event) {
    lines.add(event.getFormattedMessage() + "\n" + ThrowableProxyUtil.asString(event.getThrowableProxy()));
  }

  List<String> linesWith(String text) {
    return lines.stream().filter(line -> line.contains(text)).toList();
  }
}
