package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.RawHttp;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of HTTP itself: methods, media types, framing. */
class HttpEdgeTest {
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of("COMPUTE_HTTP_MAX_BODY_BYTES", "65536", "COMPUTE_SANDBOX_ENABLED", "false"));
  }

  @AfterAll
  static void stop() {
    assertEquals("0", TestServers.ask(node.database, "SELECT count(*) FROM task"), "nothing of it is stored");
    node.close();
  }

  private static TestNode.Answer ask(String method, String path) {
    return node.send(node.request(path).method(method, BodyPublishers.noBody()));
  }

  private static void problem(int status, TestNode.Answer answer) {
    assertEquals(status, answer.status(), () -> new String(answer.bytes(), StandardCharsets.UTF_8));
    assertEquals("application/problem+json", answer.header("Content-Type"));
    JsonObject problem = answer.json();
    assertEquals(status, problem.getInteger("status"));
    assertEquals("about:blank", problem.getString("type"));
    assertFalse(problem.getString("title").isBlank());
    assertFalse(problem.getString("detail").isBlank());
  }

  @Test
  void pagesOfOthersMayNeitherWatchNorAct() throws IOException {
    String own = "http://127.0.0.1:" + node.port();
    String watch = "GET /v1/live HTTP/1.1\r\nHost: 127.0.0.1:" + node.port() + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: ";
    assertTrue(raw(watch + "http://elsewhere.example\r\n\r\n").startsWith("HTTP/1.1 403 "));
    assertTrue(raw(watch + own + ".elsewhere.example\r\n\r\n").startsWith("HTTP/1.1 403 "));
    assertTrue(raw(watch + own + "\r\n\r\n").startsWith("HTTP/1.1 101 "));
    problem(403, node.post("/v1/tasks/01a205d0-e654-7000-89a6-bcc72785beac/cancel", "", "Origin", "null"));
    assertEquals(404, node.post("/v1/tasks/01a205d0-e654-7000-89a6-bcc72785beac/cancel", "", "Origin", own).status());
  }

  @Test
  void withoutKeyAndSandboxNoProviderIsThereAndTheAnswerSaysWhatToSet() {
    JsonObject task = new JsonObject().put("capability", "image_generation").put("input", new JsonObject().put("prompt", "x"));
    TestNode.Answer answer = node.post("/v1/tasks", task);
    problem(409, answer);
    assertTrue(answer.json().getString("detail").contains("FAL_KEY"), answer.json()::encodePrettily);
    problem(409, node.post("/v1/tasks", task.copy().put("provider", "fal_standard")));
    JsonObject fal = node.get("/v1/providers").json().getJsonArray("providers").getJsonObject(0);
    assertFalse(fal.getBoolean("sandbox") || fal.getBoolean("configured"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "POST", "PUT", "PATCH", "DELETE"})
  void aPathThatIsNotThereIsNotFoundByAnyMethod(String method) {
    problem(404, ask(method, "/v1/nope"));
    problem(404, ask(method, "/nope"));
  }

  @ParameterizedTest
  @CsvSource({"DELETE,/v1/tasks,POST", "PUT,/v1/tasks/01a205d0-e654-7000-89a6-bcc72785beac,GET", "GET,/v1/tasks/01a205d0-e654-7000-89a6-bcc72785beac/cancel,POST",
      "POST,/v1/tasks/01a205d0-e654-7000-89a6-bcc72785beac/outputs/0,HEAD", "POST,/v1/providers,GET", "POST,/health/live,GET", "PUT,/v1/tasks/batch,POST"})
  void aMethodThatAPathDoesNotHaveIsRefusedWithThoseThatItHas(String method, String path, String allowed) {
    TestNode.Answer answer = ask(method, path);
    problem(405, answer);
    assertTrue(String.valueOf(answer.header("Allow")).contains(allowed), answer.header("Allow"));
  }

  @ParameterizedTest
  @CsvSource({"/v1/tasks,'GET, HEAD, POST'", "/v1/tasks/batch,POST", "/v1/tasks/01a205d0-e654-7000-89a6-bcc72785beac,'GET, HEAD'", "/v1/providers,'GET, HEAD'",
      "/v1/tasks/01a205d0-e654-7000-89a6-bcc72785beac/cancel,POST", "/v1/tasks/01a205d0-e654-7000-89a6-bcc72785beac/outputs/0,'GET, HEAD'",
      "/health/live,'GET, HEAD'", "/metrics,'GET, HEAD'", "/v1/live,'GET, HEAD'", "/,'GET, HEAD'"})
  void aPathSaysWhichMethodsItHas(String path, String allowed) {
    TestNode.Answer answer = ask("OPTIONS", path);
    assertEquals(204, answer.status());
    assertEquals(allowed, answer.header("Allow"));
    assertEquals(0, answer.bytes().length);
    TestNode.Answer unknown = ask("BREW", path);
    problem(405, unknown);
    assertEquals(allowed, unknown.header("Allow"));
    problem(404, ask("OPTIONS", "/v1/nope"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/health/live", "/health/ready", "/v1/tasks", "/v1/providers"})
  void whatCanBeGotCanBeAskedForItsHead(String path) {
    TestNode.Answer head = ask("HEAD", path);
    assertEquals(200, head.status());
    assertEquals(node.get(path).header("Content-Type"), head.header("Content-Type"));
    assertEquals(0, head.bytes().length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/json", "application/jsonlines", "application/json-patch+json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json"})
  void whatIsNotJsonByItsTypeIsRefused(String type) {
    problem(415, node.send(node.request("/v1/tasks", "Content-Type", type).POST(BodyPublishers.ofString("{}"))));
  }

  @Test
  void aBodyThatIsTooLongInChunksIsRefusedTooAndTheServerGoesOn() {
    byte[] body = new byte[200_000];
    TestNode.Answer answer = node.send(node.request("/v1/tasks", "Content-Type", "application/json")
        .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))));
    problem(413, answer);
    assertEquals(200, node.get("/health/live").status());
  }

  @Test
  void anEmptyBodyIsUnreadableButCancelAndRetryNeedNone() {
    problem(400, node.post("/v1/tasks", ""));
    problem(404, ask("POST", "/v1/tasks/01a205d0-e654-7000-89a6-bcc72785beac/cancel"));
    problem(404, ask("POST", "/v1/tasks/01a205d0-e654-7000-89a6-bcc72785beac/retry"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: -1", "Content-Length: x", "Content-Length: 5\r\nContent-Length: 6", "Content-Length: 99999999999999999999",
      "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "Bad Header: x\r\nContent-Length: 0", "Idempotency-Key: a\u0000b\r\nContent-Length: 0"})
  void aRequestThatIsNoHttpIsRefusedOrCutAndTheServerGoesOn(String header) throws IOException {
    String status = raw("POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + header + "\r\n\r\n");
    assertTrue(status.isEmpty() || status.startsWith("HTTP/1.1 4"), status);
    assertEquals(200, node.get("/health/live").status());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/tasks/%", "/v1/tasks/%zz", "/v1/tasks/%00", "/v1/tasks/%C3", "/v1/tasks?limit=%", "//", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
      "/v1/tasks/..%2f..", "*", "/conf/compute.yaml"})
  void aPathThatIsMalformedOrLeadsOutIsRefused(String path) throws IOException {
    String status = raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assertTrue(status.isEmpty() || Set.of("400", "404", "422").contains(status.substring(9, 12)) || path.equals("//"), status);
    assertFalse(status.startsWith("HTTP/1.1 5"), status);
  }

  @Test
  void aHeaderWithoutEndIsRefused() throws IOException {
    String status = raw("GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: " + "a".repeat(100_000) + "\r\n\r\n");
    assertTrue(status.isEmpty() || status.startsWith("HTTP/1.1 4"), status);
  }

  /** The first line of the answer, empty where the server just closes. */
  private static String raw(String request) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", node.port())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      StringBuilder line = new StringBuilder();
      for (int next = socket.getInputStream().read(); next >= 0 && next != '\r'; next = socket.getInputStream().read()) {
        line.append((char) next);
      }
      return line.toString();
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "426|Sec-WebSocket-Version: 8;Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "426|Sec-WebSocket-Key1: 1;Sec-WebSocket-Key2: 2",
      "426|Sec-WebSocket-Version: 7;Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "400|Sec-WebSocket-Version: 13",
      "400|Sec-WebSocket-Version: 13;Sec-WebSocket-Key: abc", "400|Sec-WebSocket-Version: 13;Sec-WebSocket-Key: ",
      "400|Sec-WebSocket-Version: 13;Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==;Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="})
  void aHandshakeOfAnotherVersionOrWithoutAKeyIsRefused(int status, String headers) {
    try (RawHttp http = new RawHttp(node.port())) {
      String answer = http.send("GET /v1/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          + headers.replace(";", "\r\n") + "\r\n\r\n").answer();
      assertTrue(answer.startsWith("HTTP/1.1 " + status), answer);
      assertTrue(answer.toLowerCase().contains("application/problem+json"), answer);
      assertEquals(status == 426, answer.toLowerCase().contains("sec-websocket-version: 13"), answer);
    }
  }

  private static int posted(String task, String type) {
    return node.send(node.request("/v1/tasks").header("Content-Type", type).POST(BodyPublishers.ofString(task))).status();
  }

  @Test
  void whatWouldBePassedOverIsRefused() {
    String task = "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\"}}";
    assertEquals(415, posted(task, "application/json; charset=utf-16"));
    assertEquals(409, posted(task, "application/json; v=1; charset=\"UTF-8\""), "nobody can run it here");
    assertEquals(422, node.get("/v1/tasks?metadata.=42").status());
    try (RawHttp http = new RawHttp(node.port())) {
      String answer = http.send("POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nIdempotency-Key: a\r\n"
          + "Idempotency-Key: b\r\nContent-Length: " + task.length() + "\r\n\r\n" + task).answer();
      assertTrue(answer.startsWith("HTTP/1.1 422"), answer);
    }
  }

  @Test
  void theLiveAddressWithoutAnUpgradeSaysWhatItIs() {
    problem(426, node.get("/v1/live"));
  }

  @ParameterizedTest
  @CsvSource({"/,text/html", "/page.js,text/javascript", "/page.css,text/css"})
  void thePageIsServedUnderAStrictPolicy(String path, String type) {
    TestNode.Answer answer = node.get(path);
    assertEquals(200, answer.status());
    assertTrue(answer.header("Content-Type").startsWith(type), answer.header("Content-Type"));
    String policy = answer.header("Content-Security-Policy");
    assertTrue(policy.startsWith("default-src 'none'") && !policy.contains("unsafe"), policy);
    assertEquals(200, ask("HEAD", path).status());
    assertEquals("nosniff", answer.header("X-Content-Type-Options"));
  }

  @Test
  void probesSayWhatIsUp() {
    assertEquals("up", node.get("/health/live").json().getString("status"));
    JsonObject ready = node.get("/health/ready").json();
    assertEquals("up", ready.getString("postgres"));
    assertEquals("up", ready.getString("events"));
  }

  @Test
  void eachCapabilityShowsItsTypeAndItsInput() {
    var capabilities = node.get("/v1/capabilities").json().getJsonArray("capabilities");
    assertEquals(16, capabilities.size());
    for (int i = 0; i < 16; i++) {
      JsonObject capability = capabilities.getJsonObject(i);
      assertTrue(capability.encode().contains("\"properties\""), capability::encodePrettily);
    }
  }
}
