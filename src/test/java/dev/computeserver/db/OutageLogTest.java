package dev.computeserver.db;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vertx.pgclient.PgException;
import java.net.ConnectException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class OutageLogTest {
  private static final Logger LOG = (Logger) LoggerFactory.getLogger(OutageLog.class);

  private final ListAppender<ILoggingEvent> written = new ListAppender<>();
  private long nanos;

  @BeforeEach
  void listen() {
    written.start();
    LOG.addAppender(written);
  }

  @AfterEach
  void stopListening() {
    LOG.detachAppender(written);
  }

  @Test
  void saysWhatIsWrongAtOnceAndThenNotMoreOftenThanItMay() {
    OutageLog outages = new OutageLog(() -> nanos);
    for (int i = 0; i < 120; i++) {
      outages.failed(new PgException("password authentication failed for user \"compute\"", "FATAL", "28P01", null));
      nanos += TimeUnit.MILLISECONDS.toNanos(100);
    }
    List<String> lines = written.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    assertEquals(2, lines.size(), lines::toString);
    outages.failed(new ConnectException("refused"));
    assertEquals(3, written.list.size(), "another reason is said at once");
    assertTrue(lines.get(0).contains("correct postgres.uri") && lines.get(0).contains("password authentication failed"), lines::toString);
  }

  @Test
  void saysNothingOfWhatIsNoOutage() {
    OutageLog outages = new OutageLog(() -> nanos);
    outages.failed(new PgException("bad value", "ERROR", "22003", null));
    outages.failed(new PgException("deadlock detected", "ERROR", "40P01", null));
    outages.failed(new StackOverflowError());
    assertTrue(written.list.isEmpty());
    outages.failed(new ConnectException("refused"));
    assertEquals(1, written.list.size());
  }
}
