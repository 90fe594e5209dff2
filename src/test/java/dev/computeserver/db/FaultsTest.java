package dev.computeserver.db;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.pgclient.PgException;
import java.net.ConnectException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.jupiter.api.Test;

class FaultsTest {
  private static PgException refused(String state) {
    return new PgException("refused", "ERROR", state, null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"22P05", "23505", "23514"})
  void aBadEntryIsToBlameForItsDataAndNeverTriedAgain(String state) {
    assertTrue(Faults.mayBeOneEntrys(refused(state)));
    assertFalse(Faults.isOutage(refused(state)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"08006", "53300", "57P01", "57014", "58030", "25006"})
  void anOutageIsNobodysFaultAndPasses(String state) {
    assertFalse(Faults.mayBeOneEntrys(refused(state)));
    assertTrue(Faults.isOutage(refused(state)));
  }

  @Test
  void aDeadlockIsTriedAloneAndLater() {
    assertTrue(Faults.mayBeOneEntrys(refused("40P01")));
    assertTrue(Faults.isOutage(refused("40P01")));
  }

  @Test
  void aServerThatCannotBeReachedIsAnOutage() {
    assertTrue(Faults.isOutage(new ConnectException("refused")));
    assertFalse(Faults.mayBeOneEntrys(new ConnectException("refused")));
  }
}
