package dev.computeserver.db;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.VertxException;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.impl.NoStackTraceThrowable;
import io.vertx.core.json.EncodeException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FaultsTest {
  private static PgException refused(String state) {
    return new PgException("refused", "ERROR", state, null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0A000", "22P05", "22003", "22021", "23505", "23514", "42804", "42P01", "54000", "54001", "P0001", "XX000", "XX001", ""})
  void whatTheDatabaseSaysOfAStatementMayBeOneEntrysAndIsNoOutage(String state) {
    assertTrue(Faults.mayBeOneEntrys(refused(state)));
    assertFalse(Faults.isOutage(refused(state)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"08006", "08P01", "25006", "28000", "28P01", "3D000", "53100", "53200", "53300", "57014", "57P01", "57P02", "57P03", "58030"})
  void anOutageIsNobodysFaultAndPasses(String state) {
    assertFalse(Faults.mayBeOneEntrys(refused(state)));
    assertTrue(Faults.isOutage(refused(state)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"40P01", "40001", "55P03"})
  void aConflictIsTriedAloneAndLater(String state) {
    assertTrue(Faults.mayBeOneEntrys(refused(state)));
    assertTrue(Faults.isOutage(refused(state)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"42501", "55000", "0A000"})
  void whatRefusesAConnectionIsAnOutageWhateverItsState(String state) {
    assertTrue(Faults.isOutage(new PgException("no", "FATAL", state, null)));
    assertFalse(Faults.mayBeOneEntrys(new PgException("no", "FATAL", state, null)));
  }

  static Stream<Throwable> lost() {
    return Stream.of(new ConnectException("refused"), new ConnectTimeoutException("late"), new SocketException("Connection reset"),
        new UnknownHostException("db"), new ClosedChannelException(), new SSLHandshakeException("no"), new TimeoutException("late"),
        ClosedConnectionException.INSTANCE, new ConnectionPoolTooBusyException("full"), new GroupCommit.Overloaded("more wait"),
        new NoStackTraceThrowable("Pool closed"), new VertxException("Timeout waiting for connection", true), new VertxException("Connection is not active now, current status: CLOSED", true));
  }

  @ParameterizedTest
  @MethodSource("lost")
  void aConnectionThatIsLostOrNotToBeHadIsAnOutage(Throwable failure) {
    assertTrue(Faults.isOutage(failure));
    assertFalse(Faults.mayBeOneEntrys(failure));
  }

  static Stream<Throwable> ours() {
    return Stream.of(new EncodeException("too deep"), new StackOverflowError(), new IllegalArgumentException("no"), new NullPointerException(),
        new ClassCastException(), new IOException("No space left on device"), new NoSuchFileException("gone"), new AssertionError(),
        new VertxException("Parameter at position[0] with class = [java.lang.String] can not be coerced", true),
        new VertxException("The number of parameters to execute should be consistent with the expected number", true));
  }

  @ParameterizedTest
  @MethodSource("ours")
  void aMistakeOfOursIsNeverToldAsAnOutage(Throwable failure) {
    assertFalse(Faults.isOutage(failure));
    assertTrue(Faults.mayBeOneEntrys(failure));
  }

  @ParameterizedTest
  @CsvSource({"28P01, password", "3D000, no such database", "25006, read-only", "53300, no connection left", "53100, disk is full",
      "57P01, stopping", "57P03, starting", "57014, statement_timeout_seconds", "58030, files"})
  void whoRunsTheServerIsToldWhatIsWrong(String state, String words) {
    assertTrue(Faults.why(refused(state)).contains(words), Faults.why(refused(state)));
  }

  @Test
  void onlyWhatOtherValuesWouldHaveAvoidedIsTheClientsToCorrect() {
    assertTrue(Faults.isRefusal(refused("22003")) && Faults.isRefusal(refused("54001")) && Faults.isRefusal(new EncodeException("too deep")));
    assertFalse(Faults.isRefusal(refused("23505")) || Faults.isRefusal(refused("XX000")) || Faults.isRefusal(new IllegalStateException()));
    assertEquals("the task store is not available; send the request again", Faults.told(refused("28P01")));
  }
}
