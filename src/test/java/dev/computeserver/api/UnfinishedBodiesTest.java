package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.PrometheusText;
import dev.computeserver.support.RawHttp;
import dev.computeserver.support.TestNode;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies take memory before they are read, and none where nobody wants them. */
class UnfinishedBodiesTest {
  private static final String POST = "POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  private static final JsonObject TASK = TestNode.picture(0, new JsonObject()).put("delay_seconds", 3_600);
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of("COMPUTE_HTTP_INSTANCES", "1", "COMPUTE_HTTP_MAX_BODY_BYTES", "1073741824", "COMPUTE_NODE_MEMORY_PERCENT", "5"));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static PrometheusText metrics() {
    return PrometheusText.of(new String(node.get("/metrics").bytes(), StandardCharsets.UTF_8));
  }

  private static double taken() {
    return metrics().value("compute_memory_taken_bytes");
  }

  /** So many bytes that there is room for one such body, but not for two. */
  private static long half() {
    try (RawHttp http = new RawHttp(node.port())) {
      String refused = http.send(POST + "Content-Length: 1073741824\r\n\r\n").answer();
      Matcher longest = Pattern.compile("longer than (\\d+) bytes \\(as node\\.memory_percent").matcher(refused);
      assertTrue(longest.find(), refused);
      return Long.parseLong(longest.group(1)) / 2 + 100_000;
    }
  }

  private static void waitUntilAllIsBack(double before) {
    for (int i = 0; taken() > before; i++) {
      assertTrue(i < 20_000, "memory that is taken comes back");
    }
  }

  @Test
  void aShareIsTakenByTheLengthThatIsToldAndGivenBackWhenTheClientGoes() {
    double before = taken();
    try (RawHttp first = new RawHttp(node.port()); RawHttp second = new RawHttp(node.port())) {
      first.send(POST + "Content-Length: " + half() + "\r\nExpect: 100-continue\r\n\r\n");
      assertTrue(first.answer().startsWith("HTTP/1.1 100 "), "there is room for it");
      assertTrue(taken() - before >= 4 * half());
      String refused = second.send(POST + "Content-Length: " + half() + "\r\nExpect: 100-continue\r\n\r\n").answer();
      assertTrue(refused.startsWith("HTTP/1.1 503 "), refused);
      assertTrue(refused.toLowerCase().contains("\r\nretry-after: 2\r\n") && refused.toLowerCase().contains("\r\nconnection: close\r\n"), refused);
      assertEquals("", second.untilClosed());
      assertEquals(202, node.post("/v1/tasks", TASK).status(), "what is small is served");
    }
    waitUntilAllIsBack(before);
  }

  @Test
  void whatTakesLongGivesWayToWhatComes() {
    double before = taken();
    try (RawHttp slow = new RawHttp(node.port())) {
      slow.send(POST + "Content-Length: " + half() + "\r\n\r\n{");
      String answer = "HTTP/1.1 503 ";
      // Within a second of its beginning it is not slow yet.
      for (int i = 0; i < 20_000 && answer.startsWith("HTTP/1.1 503 "); i++) {
        try (RawHttp next = new RawHttp(node.port())) {
          answer = next.send(POST + "Content-Length: " + half() + "\r\nExpect: 100-continue\r\n\r\n").answer();
        }
      }
      assertTrue(answer.startsWith("HTTP/1.1 100 "), answer);
      assertEquals(List.of(503), RawHttp.statuses(slow.untilClosed()));
    }
    waitUntilAllIsBack(before);
  }

  @Test
  void manyUnfinishedBodiesHoldUpNobodyElse() {
    double before = taken();
    List<RawHttp> all = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        all.add(new RawHttp(node.port()).send(POST + "Content-Length: " + (i % 2 == 0 ? half() : 60_000) + "\r\n\r\n{"));
        all.add(new RawHttp(node.port()).send(POST + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"));
      }
      for (int i = 0; i < 50; i++) {
        assertEquals(202, node.post("/v1/tasks", TASK).status());
      }
    } finally {
      all.forEach(RawHttp::close);
    }
    waitUntilAllIsBack(before);
  }

  @ParameterizedTest
  @CsvSource({"404,POST /nowhere", "405,POST /", "404,PUT /v1/nowhere", "405,POST /health/live", "405,POST /metrics", "405,PUT /v1/tasks", "405,DELETE /v1/tasks/batch",
      "405,POST /v1/providers", "415,POST /v1/tasks", "400,GET /v1/tasks", "400,GET /v1/live", "400,HEAD /health/live", "400,GET /", "413,POST /v1/tasks/01a205d0-e654-7000-89a6-bcc72785beac/cancel",
      "404,POST /v1/provider-callbacks/fal_standard/01a205d0-e654-7000-89a6-bcc72785beac/1-abcdefghijklmnopqrstuv", "404,POST /v1/provider-callbacks/x/y/z"})
  void nothingIsReadWhereNoRouteTakesIt(int status, String line) {
    double before = taken();
    try (RawHttp http = new RawHttp(node.port())) {
      String answer = http.send(line + " HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 30000000\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n{\"a").untilClosed();
      assertEquals(List.of(status), RawHttp.statuses(answer), answer);
      assertTrue(answer.toLowerCase().contains("\r\nconnection: close\r\n"), answer);
      assertEquals(before, taken());
    }
  }

  @Test
  void aLengthBeyondTheBoundIsRefusedAtOnce() {
    try (RawHttp http = new RawHttp(node.port())) {
      String answer = http.send(POST + "Content-Length: 999999999999\r\nExpect: 100-continue\r\n\r\n").untilClosed();
      assertEquals(List.of(413), RawHttp.statuses(answer), answer);
      assertTrue(answer.contains("http.max_body_bytes") || answer.contains("node.memory_percent"), answer);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate", "br", "GZIP", "x", "identity, gzip"})
  void aCodedBodyIsRefusedUnread(String coding) {
    try (RawHttp http = new RawHttp(node.port())) {
      String answer = http.send(POST + "Content-Encoding: " + coding + "\r\nContent-Length: 20000\r\n\r\n").untilClosed();
      assertEquals(List.of(415), RawHttp.statuses(answer), answer);
      assertTrue(answer.toLowerCase().contains("\r\naccept-encoding: identity\r\n") && answer.contains("application/problem+json"), answer);
    }
  }

  @Test
  void anExpectationThatCannotBeMetIsNotMet() {
    assertEquals(List.of(417), RawHttp.statuses(node.port(), POST + "Expect: the-moon\r\nContent-Length: 2\r\n\r\n"));
  }

  @Test
  void aBodyOfManyValuesTakesWhatTheyBecome() {
    long values = (long) (metrics().value("compute_memory_budget_bytes") / 280);
    byte[] some = "{},".repeat(10_000).getBytes(StandardCharsets.US_ASCII);
    double before = taken();
    try (RawHttp http = new RawHttp(node.port())) {
      http.send(POST + "Content-Length: " + (values * 3 + 100_000) + "\r\n\r\n{\"capability\":\"image_generation\",\"provider_options\":{\"a\":[");
      String answer = "";
      try {
        for (long sent = 0; sent <= values; sent += 10_000) {
          http.send(some);
        }
      } catch (UncheckedIOException cut) {
        answer = "cut, which the answer went before";
      }
      assertTrue(answer.startsWith("cut") || http.answer().startsWith("HTTP/1.1 413 "));
    }
    waitUntilAllIsBack(before);
  }

  @Test
  void theShareComesBackWhateverTheAnswer() {
    double before = taken();
    assertEquals(202, node.post("/v1/tasks", TASK).status());
    assertEquals(400, node.post("/v1/tasks", "{").status());
    assertEquals(422, node.post("/v1/tasks", "{}").status());
    assertEquals(422, node.post("/v1/tasks/batch", new JsonObject().put("x", "y".repeat(100_000))).status());
    assertEquals(202, node.post("/v1/tasks", TASK.copy().put("metadata", new JsonObject().put("a", "y".repeat(10_000)))).status());
    assertEquals(404, node.post("/v1/tasks/01a205d0-e654-7000-89a6-bcc72785beac/cancel", "{}").status());
    try (RawHttp http = new RawHttp(node.port())) {
      String body = TASK.encode();
      assertTrue(http.send(POST + "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n").answer().startsWith("HTTP/1.1 202 "));
    }
    try (RawHttp gone = new RawHttp(node.port())) {
      gone.send(POST + "Content-Length: " + TASK.encode().length() + "\r\n\r\n" + TASK.encode());
    }
    waitUntilAllIsBack(before);
  }
}
