package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.computeserver.support.RawHttp;
import dev.computeserver.support.TestNode;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** Requests that two readers could understand differently are refused, and nothing behind them is served. */
class SmugglingTest {
  private static final String HOST = "Host: localhost\r\n";
  private static final String SMUGGLED = "GET /health/live HTTP/1.1\r\n" + HOST + "\r\n";
  private static final ListAppender<ILoggingEvent> LOG = new ListAppender<>();
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of("COMPUTE_HTTP_INSTANCES", "1"));
    LOG.start();
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).addAppender(LOG);
  }

  @AfterAll
  static void stop() {
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).detachAppender(LOG);
    node.close();
    List<String> told = LOG.list.stream().filter(line -> line.getLevel().isGreaterOrEqual(Level.INFO)).map(ILoggingEvent::getFormattedMessage).toList();
    assertTrue(told.isEmpty(), told::toString);
  }

  private static Arguments post(int status, String headers) {
    return Arguments.of(status, "POST PATH HTTP/1.1\r\n" + HOST + "Content-Type: application/json\r\n" + headers);
  }

  private static Arguments head(int status, String lines) {
    return Arguments.of(status, lines + "\r\n");
  }

  static Stream<Arguments> requests() {
    return Stream.of(
        post(400, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        post(400, "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
        post(400, "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n"),
        post(501, "Transfer-Encoding: x\r\nContent-Length: 1\r\n\r\nx"),
        post(501, "Transfer-Encoding: x\r\n\r\n"),
        post(501, "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        post(501, "Transfer-Encoding: identity\r\n\r\n"),
        post(501, "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        post(501, "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
        post(501, "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
        post(501, "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
        post(400, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        post(400, "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        post(400, "Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n"),
        post(400, "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
        post(400, "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
        post(400, "Content-Length: 1\r\nContent-Length: 2\r\n\r\nx"),
        post(400, "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx"),
        post(400, "Content-Length: 1, 1\r\n\r\nx"),
        post(400, "Content-Length: +1\r\n\r\nx"),
        post(400, "Content-Length: -1\r\n\r\n"),
        post(400, "Content-Length: 0x1\r\n\r\nx"),
        post(400, "Content-Length: 1 1\r\n\r\nx"),
        post(400, "Content-Length: \r\n\r\n"),
        post(400, "Content-Length: 99999999999999999999\r\n\r\n"),
        post(400, "Content-Length : 1\r\n\r\nx"),
        post(400, "Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        post(400, "Transfer-Encoding: chunked\r\n\r\n-1\r\n"),
        post(400, "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n"),
        post(400, "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n"),
        post(400, "Transfer-Encoding: chunked\r\n\r\n 1\r\na\r\n0\r\n\r\n"),
        post(400, "Transfer-Encoding: chunked\r\n\r\n\t1\r\na\r\n0\r\n\r\n"),
        post(400, "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n 0\r\n\r\n"),
        post(400, "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n\t1\r\na\r\n0\r\n\r\n"),
        post(400, "Transfer-Encoding: chunked\r\n\r\n1 x\r\na\r\n\u00a00\r\n\r\n"),
        post(400, "Transfer-Encoding: chunked\r\n\r\n;a=b\r\na\r\n0\r\n\r\n"),
        post(400, "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"),
        post(400, "Transfer-Encoding: chunked\r\n\r\n1\na\n0\n\n"),
        post(400, "Transfer-Encoding: chunked\r\n\r\n1;\na\r\n0\r\n\r\n"),
        head(400, "POST /v1/tasks HTTP/1.0\r\n" + HOST + "Transfer-Encoding: chunked\r\n"),
        head(400, "GET /health/live HTTP/1.1\r\n" + HOST + "X: a\r\n b\r\n"),
        head(400, "GET /health/live HTTP/1.1\r\n" + HOST + "X: a\r\n\tb\r\n"),
        head(400, "GET /health/live HTTP/1.1\r\n " + HOST),
        head(400, "GET /health/live HTTP/1.1\r\n" + HOST + "X : a\r\n"),
        head(400, "GET /health/live HTTP/1.1\r\n" + HOST + ": a\r\n"),
        head(400, "GET /health/live HTTP/1.1\r\n" + HOST + "Xa\r\n"),
        head(400, "GET /health/live HTTP/1.1\r\n" + HOST + "X: a\u0000b\r\n"),
        head(400, "GET /health/live HTTP/1.1\r\n" + HOST + "X: a\rY: b\r\n"),
        head(400, "GET /health/live HTTP/1.1\r\n" + HOST + "X: a\nY: b\r\n"),
        head(400, "GET /health/live HTTP/1.1\n" + "Host: localhost\n"),
        head(400, "GET /health\u0000/live HTTP/1.1\r\n" + HOST),
        head(400, "GET /health/live x HTTP/1.1\r\n" + HOST),
        head(400, "GET\t/health/live HTTP/1.1\r\n" + HOST),
        head(400, "GET /health/live\tHTTP/1.1\r\n" + HOST),
        head(400, "GET /health/live?a\tb HTTP/1.1\r\n" + HOST),
        head(400, "\tGET /health/live HTTP/1.1\r\n" + HOST),
        head(400, " GET /health/live HTTP/1.1\r\n" + HOST),
        head(400, "GET  /health/live HTTP/1.1\r\n" + HOST),
        head(400, "GET /health/live  HTTP/1.1\r\n" + HOST),
        head(400, "GET /health/live HTTP/1.1 \r\n" + HOST),
        head(400, "GET /health/live?\u00e9 HTTP/1.1\r\n" + HOST),
        head(400, "\u0001GET /health/live HTTP/1.1\r\n" + HOST),
        head(400, "GET /health/live\r\n" + HOST),
        head(400, "G(T /health/live HTTP/1.1\r\n" + HOST),
        head(400, "GARBAGE\r\n"),
        head(505, "GET /health/live HTTP/1.2\r\n" + HOST),
        head(505, "GET /health/live HTTP/2.0\r\n" + HOST),
        head(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n"),
        head(414, "GET /" + "a".repeat(5_000) + " HTTP/1.1\r\n" + HOST),
        head(431, "GET /health/live HTTP/1.1\r\n" + HOST + "X: " + "a".repeat(10_000) + "\r\n"),
        head(431, "GET /health/live HTTP/1.1\r\n" + HOST + String.join("", IntStream.range(0, 1_000).mapToObj(i -> "X" + i + ": aaaa\r\n").toList())));
  }

  @ParameterizedTest
  @MethodSource("requests")
  void isRefusedOnceAndNothingBehindItIsServed(int status, String request) {
    String all = request + SMUGGLED + SMUGGLED;
    assertEquals(List.of(status), RawHttp.statuses(node.port(), all.replace("PATH", "/v1/tasks/batch")));
    assertEquals(List.of(status), RawHttp.statuses(node.sandboxPort(), all.replace("PATH", "/fal_standard/fal-ai/flux")));
    assertEquals(200, node.get("/health/live").status());
  }

  @Test
  void theRefusalIsAProblemThatSaysWhyAndThatTheConnectionEnds() {
    try (RawHttp http = new RawHttp(node.port())) {
      String answer = http.send("POST /v1/tasks HTTP/1.1\r\n" + HOST + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n").untilClosed();
      assertTrue(answer.toLowerCase().contains("\r\nconnection: close\r\n"), answer);
      assertTrue(answer.toLowerCase().contains("\r\ncontent-type: application/problem+json\r\n"), answer);
      assertTrue(answer.contains("Transfer-Encoding"), answer);
    }
  }

  @Test
  void anUpgradeToHttp2IsNotTakenUpAndTheRequestServed() {
    try (RawHttp http = new RawHttp(node.port())) {
      String answer = http.send("GET /health/live HTTP/1.1\r\n" + HOST + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
          + "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n").answer();
      assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
    }
  }

  @Test
  void goodRequestsOnOneConnectionAreAllServed() {
    String post = "POST /v1/tasks/01a205d0-e654-7000-89a6-bcc72785beac/cancel HTTP/1.1\r\n" + HOST;
    try (RawHttp http = new RawHttp(node.port())) {
      http.send(SMUGGLED + post + "Content-Length: 2\r\n\r\n{}" + post + "Transfer-Encoding: Chunked\r\n\r\n2\r\n{}\r\n0\r\nX: y\r\n\r\n" + post + "\r\n" + SMUGGLED);
      for (int status : new int[] {200, 404, 404, 404, 200}) {
        String answer = http.answer();
        assertEquals(List.of(status), RawHttp.statuses(answer), answer);
        assertFalse(answer.toLowerCase().contains("connection: close"), answer);
      }
    }
  }
}
