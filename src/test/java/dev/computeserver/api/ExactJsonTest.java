package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExactJsonTest {
  private static int faults(String number) {
    RequestFaults faults = new RequestFaults();
    double read = ExactJson.read(Buffer.buffer("{\"n\":" + number + "}"), faults).value().get("n").asDouble();
    if (faults.size() == 0) {
      assertEquals(Double.parseDouble(number), read);
    }
    return faults.size();
  }

  /** Java's own text of some of them has more digits. */
  @ParameterizedTest
  @ValueSource(strings = {"5e22", "2e23", "8E+23", "9.880708407112931e+16", "5e-324", "1e308", "0.1", "1.50", "-2.5e-7", "0.0"})
  void theShortestTextOfANumberIsTaken(String number) {
    assertEquals(0, faults(number));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e400", "0.1234567890123456789", "0.10000000000000001", "1e999999999", "1e-999999999", "1.00000000000000000001"})
  void whatANumberDoesNotKeepIsRefused(String number) {
    assertEquals(1, faults(number));
  }
}
