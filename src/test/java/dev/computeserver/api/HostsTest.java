package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.RawHttp;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server answers to its own names only, and to its own pages only: on each path, the sandbox's port included. */
class HostsTest {
  private static final String UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of("COMPUTE_HTTP_HOSTS", "compute.internal,10.1.2.3", "COMPUTE_PUBLIC_URL", "https://compute.example.com/base"));
  }

  @AfterAll
  static void stop() {
    assertEquals("0", TestServers.ask(node.database, "SELECT count(*) FROM task"), "nothing of it is stored");
    node.close();
  }

  private static String ask(int port, String line, String headers) {
    try (RawHttp http = new RawHttp(port)) {
      return http.send(line + " HTTP/1.1\r\n" + headers + "\r\n").answer();
    }
  }

  private static int status(String line, String headers) {
    return RawHttp.statuses(ask(node.port(), line, headers)).get(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "localhost:1", "LocalHost:8080", "localhost.", "127.0.0.1", "127.0.0.1:65535", "127.8.7.6", "[::1]", "[::1]:80",
      "[0:0:0:0:0:0:0:1]", "compute.internal", "COMPUTE.internal:8080", "10.1.2.3:80", "compute.example.com", "compute.example.com:443"})
  void goesByTheNamesThatItHas(String host) {
    assertEquals(200, status("GET /health/live", "Host: " + host + "\r\n"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET /health/live", "GET /health/ready", "GET /metrics", "GET /", "GET /page.js", "GET /v1/tasks", "POST /v1/tasks", "POST /v1/tasks/batch",
      "GET /v1/live", "GET /v1/providers", "POST /v1/tasks/01a205d0-e654-7000-89a6-bcc72785beac/cancel", "DELETE /nowhere", "OPTIONS /v1/tasks",
      "POST /v1/provider-callbacks/fal_standard/01a205d0-e654-7000-89a6-bcc72785beac/1-abcdefghijklmnopqrstuv"})
  void isNobodyElseOnAnyPath(String line) {
    for (String host : List.of("evil.example", "evil.example:" + node.port(), "localhost.evil.example", "127.0.0.1.evil.example", "evil.example.", "192.0.2.1",
        "169.254.169.254", "[::2]", "compute.example.com.evil.example", "sub.compute.internal", "127.1", "0.0.0.0")) {
      String answer = ask(node.port(), line, "Host: " + host + "\r\nOrigin: http://" + host + "\r\n" + UPGRADE);
      assertTrue(answer.startsWith("HTTP/1.1 421 "), host + answer);
      JsonObject problem = new JsonObject(answer.substring(answer.indexOf("\r\n\r\n") + 4));
      assertEquals(421, problem.getInteger("status"));
      assertTrue(problem.getString("detail").contains("http.hosts"), problem::encode);
      assertEquals(421, RawHttp.statuses(ask(node.sandboxPort(), line, "Host: " + host + "\r\n")).get(0));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Host:\r\n", "Host: \r\n", "Host: localhost\r\nHost: localhost\r\n", "Host: localhost\r\nHost: evil.example\r\n", "Host: a b\r\n",
      "Host: user@localhost\r\n", "Host: localhost:x\r\n", "Host: localhost:99999\r\n", "Host: ::1\r\n", "Host: http://localhost\r\n", "Host: localhost/x\r\n"})
  void needsOneHostThatIsOne(String headers) {
    for (String line : List.of("GET /health/live", "POST /v1/tasks", "GET /v1/live")) {
      assertEquals(400, status(line, headers));
      assertEquals(400, RawHttp.statuses(ask(node.sandboxPort(), line, headers)).get(0));
    }
  }

  @ParameterizedTest
  @CsvSource({"200,GET http://localhost:8080/health/live,localhost:8080", "200,GET HTTP://LOCALHOST/health/live,localhost", "400,GET http://evil.example/health/live,localhost",
      "400,GET http://localhost.evil.example/health/live,localhost", "421,GET http://evil.example/health/live,evil.example", "400,CONNECT localhost:80,localhost:80",
      "400,OPTIONS *,localhost", "400,GET localhost/health/live,localhost", "400,GET http://localhost@evil.example/,localhost"})
  void aWholeUrlAsTheTargetNamesTheSameHost(int status, String line, String host) {
    assertEquals(status, status(line, "Host: " + host + "\r\n"));
  }

  @Test
  void anOldProbeWithoutHostHearsHowTheNodeIsAndNothingElse() {
    for (Map.Entry<String, Integer> each : Map.of("/health/live", 200, "/health/ready", 200, "/v1/tasks", 400, "/metrics", 400, "/", 400).entrySet()) {
      assertEquals(List.of(each.getValue()), RawHttp.statuses(node.port(), "GET " + each.getKey() + " HTTP/1.0\r\n\r\n"), each.getKey());
    }
  }

  @ParameterizedTest
  @CsvSource({"200,http://localhost:8080", "200,https://localhost:8080", "200,https://compute.example.com", "403,http://localhost", "403,http://localhost:8081", "403,null",
      "403,''", "403,http://evil.example", "403,http://localhost:8080.evil.example", "403,https://compute.example.com.evil.example", "403,http://compute.example.com",
      "403,https://", "403,file://", "403,http://127.0.0.1:8080"})
  void takesItsOwnPagesAndNoOthers(int status, String origin) {
    String headers = "Host: localhost:8080\r\nOrigin: " + origin + "\r\n";
    for (String line : List.of("GET /health/live", "GET /v1/tasks", "GET /", "GET /metrics")) {
      assertEquals(status, status(line, headers), line);
    }
    assertEquals(status == 200 ? 101 : 403, status("GET /v1/live", headers + UPGRADE));
    assertEquals(status == 200 ? 400 : 403, status("POST /v1/tasks", headers + "Content-Type: application/json\r\nContent-Length: 0\r\n"));
    if (status == 403) {
      // Nothing of the body has come yet, and nothing needs to.
      assertEquals(403, status("POST /v1/tasks", headers + "Content-Type: application/json\r\nContent-Length: 30000000\r\n"));
      assertEquals(403, status("POST /nowhere", headers + "Content-Length: 30000000\r\n"));
      assertEquals(403, RawHttp.statuses(ask(node.sandboxPort(), "POST /fal_standard/fal-ai/flux", headers + "Content-Length: 30000000\r\n")).get(0));
    }
  }

  @ParameterizedTest
  @CsvSource({"403,GET /v1/tasks,cross-site,cors", "403,GET /v1/tasks,cross-site,no-cors", "403,POST /v1/tasks,cross-site,navigate", "403,GET /v1/live,cross-site,websocket",
      "200,GET /,cross-site,navigate", "200,GET /v1/tasks,same-origin,cors", "200,GET /,none,navigate"})
  void whatABrowserCallsForeignIsForeign(int status, String line, String site, String mode) {
    assertEquals(status, status(line, "Host: localhost\r\nSec-Fetch-Site: " + site + "\r\nSec-Fetch-Mode: " + mode + "\r\n"));
  }

  @Test
  void twoOriginsAreOneTooMany() {
    assertEquals(403, status("GET /v1/tasks", "Host: localhost\r\nOrigin: http://localhost\r\nOrigin: http://evil.example\r\n"));
  }

  @Test
  void theSandboxWorksForProgramsOfThisMachine() {
    JsonObject body = new JsonObject().put("prompt", "a fox");
    byte[] bytes = Buffer.buffer(body.encode()).getBytes();
    for (String host : List.of("127.0.0.1:" + node.sandboxPort(), "localhost:1", "[::1]")) {
      String answer = ask(node.sandboxPort(), "POST /fal_standard/fal-ai/flux/schnell", "Host: " + host + "\r\nAuthorization: Key a\r\n"
          + "Content-Type: application/json\r\nContent-Length: " + bytes.length + "\r\n\r\n" + new String(bytes, StandardCharsets.ISO_8859_1));
      assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
    }
  }
}
