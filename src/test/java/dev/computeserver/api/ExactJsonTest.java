package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{\"a\":1,} | is not JSON at line 1, column 8: } must not stand there",
      "`{\"a\":{\"b\":[1,\n  2,x]}}` | is not JSON at line 2, column 5, in /a/b: x is no value; texts need double quotes",
      "{\"狐\":\"狐\",x} | is not JSON at line 1, column 10: x must not stand there",
      "{\"a\":\"狐\",\"b\":tru} | is not JSON at line 1, column 14: tru is no value; texts need double quotes",
      "{\"a\":NaN} | is not JSON at line 1, column 6: NaN is no value in JSON",
      "{\"a\":01} | is not JSON at line 1, column 7: a number is malformed",
      "{\"a\":1.} | is not JSON at line 1, column 8: a number is malformed",
      "{\"a\":[1} | is not JSON at line 1, column 8, in /a: } closes what is not open",
      "{\"a\":\"\\x\"} | is not JSON at line 1, column 8, in /a: what follows the backslash is no escape",
      "{\"a\":\"\\u12g4\"} | is not JSON at line 1, column 11, in /a: what follows the backslash is no escape",
      "{\"a\":\"1\t2\"} | is not JSON at line 1, column 8, in /a: a control character must not stand there; within a text it is escaped, as \\n",
      "{\"a\":'1'} | is not JSON at line 1, column 6: ' must not stand there",
      "{\"a\":1 | is not JSON at line 1, column 7: it breaks off",
      "{\"a\":\"1 | is not JSON at line 1, column 8, in /a: it breaks off",
      "`{\"a\":{\"b/c\":1,\n\"b/c\":2}}` | cannot be read at line 2, column 1, in /a: \"b/c\" stands there twice",
      "<a/> | is not JSON at line 1, column 1: < must not stand there"})
  void whatIsNoJsonIsToldWithItsPlaceInOurWords(String body, String words) {
    assertEquals("the body " + words, refusal(Buffer.buffer(body)));
  }

  @Test
  void bytesThatAreNoCharacterAreToldWithTheirPlace() {
    assertEquals("the body is not JSON in UTF-8 at line 2, column 2: a byte there begins no character",
        refusal(Buffer.buffer("[\n狐").appendByte((byte) 0xff).appendString("]")));
  }

  @Test
  void boundsAreToldWithoutTheNameOfAnOption() {
    for (String body : List.of("[" + "1".repeat(1_001) + "]", "[1." + "1".repeat(1_001) + "]", "{\"" + "n".repeat(50_001) + "\":1}")) {
      String told = refusal(Buffer.buffer(body));
      assertTrue(told.endsWith("a number 1,000 and a name 50,000; give big inputs as URLs"), told);
    }
  }

  private static String refusal(Buffer body) {
    return assertThrows(Problem.class, () -> ExactJson.read(body, new RequestFaults())).getMessage();
  }
}
