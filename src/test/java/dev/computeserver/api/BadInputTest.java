package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BadInputTest {
  private static TestNode node;
  private static int accepted;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of("COMPUTE_HTTP_MAX_BODY_BYTES", "1048576", "COMPUTE_GUARD_ALLOW_LOOPBACK", "false"));
  }

  @AfterAll
  static void stop() {
    assertEquals(String.valueOf(accepted), TestServers.ask(node.database, "SELECT count(*) FROM task"), "nothing of it is stored");
    node.close();
  }

  private static JsonObject problem(TestNode.Answer answer, int status) {
    assertEquals(status, answer.status(), () -> new String(answer.bytes(), StandardCharsets.UTF_8));
    assertEquals("application/problem+json", answer.header("Content-Type"));
    JsonObject problem = answer.json();
    assertEquals(status, problem.getInteger("status"));
    assertNotNull(problem.getString("type"));
    assertNotNull(problem.getString("title"));
    assertTrue(problem.getString("detail").length() > 10, problem.getString("detail"));
    return problem;
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{\"a\":", "``", "{} x", "{\"capability\":\"a\",\"capability\":\"b\"}", "hello"})
  void aBodyThatIsNoJsonIsUnreadable(String body) {
    problem(node.post("/v1/tasks", body), 400);
  }

  @Test
  void bytesThatAreNoUtf8AreUnreadable() {
    byte[] body = "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\"}}".getBytes(StandardCharsets.UTF_8);
    body[52] = (byte) 0xff;
    problem(node.send(node.request("/v1/tasks", "Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofByteArray(body))), 400);
  }

  @Test
  void formsOfALetterThatAreNoneAreNotMadeIntoOthers() {
    for (int[] odd : new int[][] {{0xc0, 0xae}, {0xe0, 0x80, 0xaf}, {0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80}, {0xf4, 0x90, 0x80, 0x80}}) {
      byte[] body = ("{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"" + "x".repeat(odd.length) + "\"}}").getBytes(StandardCharsets.UTF_8);
      for (int i = 0; i < odd.length; i++) {
        body[52 + i] = (byte) odd[i];
      }
      problem(node.send(node.request("/v1/tasks", "Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofByteArray(body))), 400);
    }
  }

  @ParameterizedTest
  @CsvSource({"62, /provider_options/a, 202", "63, /provider_options/a, 422", "996, /provider_options/a, 422", "400000, /provider_options/a, 422"})
  void nestingBeyond64LevelsIsRefusedWithItsPlace(int levels, String place, int status) {
    String body = "{\"capability\":\"image_generation\",\"run_at\":\"" + Instant.now().plusSeconds(3_600).truncatedTo(ChronoUnit.SECONDS)
        + "\",\"input\":{\"prompt\":\"x\"},\"provider_options\":{\"a\":" + "[".repeat(levels) + "]".repeat(levels) + "}}";
    TestNode.Answer answer = node.post("/v1/tasks", body);
    if (status == 422) {
      String pointer = problem(answer, 422).getJsonArray("errors").getJsonObject(0).getString("pointer");
      assertEquals(place + "/0".repeat(62), pointer);
    } else {
      assertEquals(status, answer.status());
      accepted++;
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "[] | ``",
      "{\"input\":{\"prompt\":\"x\"}} | /capability",
      "{\"capability\":\"image_generation\"} | /input",
      "{\"capability\":\"nope\",\"input\":{}} | /capability",
      "{\"capability\":\"image_generation\",\"input\":{}} | /input/prompt",
      "{\"capability\":\"image_generation\",\"input\":{\"prompt\":5}} | /input/prompt",
      "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\",\"wdith\":5}} | /input/wdith",
      "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"a\\u0000b\"}} | /input/prompt",
      "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\",\"width\":1}} | /input/width",
      "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\",\"aspect_ratio\":\"1:1\",\"width\":64}} | /input/width",
      "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\",\"aspect_ratio\":\"1:1\",\"height\":64}} | /input/height",
      "{\"capability\":\"text_generation\",\"input\":{}} | /input",
      "{\"capability\":\"text_generation\",\"input\":{\"prompt\":\"x\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}} | /input",
      "{\"capability\":\"super_resolution\",\"input\":{\"image_url\":\"ftp://host/x\"}} | /input/image_url",
      "{\"capability\":\"super_resolution\",\"input\":{\"image_url\":\"https://\"}} | /input/image_url",
      "{\"capability\":\"super_resolution\",\"input\":{\"image_url\":\"data:image/png;base64,\"}} | /input/image_url",
      "{\"capability\":\"super_resolution\",\"input\":{\"image_url\":\"data:image/png;base64,%%%\"}} | /input/image_url",
      "{\"capability\":\"super_resolution\",\"input\":{\"image_url\":\"data:image/png\"}} | /input/image_url",
      "{\"capability\":\"super_resolution\",\"input\":{\"image_url\":\"data:image/png;base64,SUQzBAAAAAAAAAAAAAAAAAAA\"}} | /input/image_url",
      "{\"capability\":\"speech_recognition\",\"input\":{\"audio_url\":\"data:audio/mpeg;base64,iVBORw0KGgoAAAANSUhEUgAAAAE=\"}} | /input/audio_url",
      "{\"capability\":\"super_resolution\",\"input\":{\"image_url\":\"data:image/png;name=\\\"a,b\\\";base64,iVBORw0KGgoAAAANSUhEUgAAAAE=\"}} | /input/image_url",
      "{\"capability\":\"super_resolution\",\"input\":{\"image_url\":\"data:image/png;name=\\\"a;base64,b\\\";base64,iVBORw0KGgoAAAANSUhEUgAAAAE=\"}} | /input/image_url",
      "{\"capability\":\"super_resolution\",\"input\":{\"image_url\":\"http://xn--a/x.png\"}} | /input/image_url",
      "{\"capability\":\"image_generation\",\"webhook\":{\"url\":\"https://a.xn--a.example/\"},\"input\":{\"prompt\":\"x\"}} | /webhook/url",
      "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\"},\"provider_options\":{\"openai\":5}} | /provider_options/openai",
      "{\"capability\":\"image_generation\",\"type\":\"editing\",\"input\":{\"prompt\":\"x\"}} | /type",
      "{\"capability\":\"image_generation\",\"foo\":1,\"input\":{\"prompt\":\"x\"}} | /foo",
      "{\"capability\":\"image_generation\",\"priority\":101,\"input\":{\"prompt\":\"x\"}} | /priority",
      "{\"capability\":\"image_generation\",\"provider\":\"acme\",\"input\":{\"prompt\":\"x\"}} | /provider",
      "{\"capability\":\"image_generation\",\"provider\":\"luma\",\"providers\":[\"openai\"],\"input\":{\"prompt\":\"x\"}} | /provider",
      "{\"capability\":\"image_generation\",\"run_at\":\"tomorrow\",\"input\":{\"prompt\":\"x\"}} | /run_at",
      "{\"capability\":\"image_generation\",\"run_at\":\"2099-01-01T00:00:00Z\",\"input\":{\"prompt\":\"x\"}} | /run_at",
      "{\"capability\":\"image_generation\",\"model\":\"../../etc\",\"input\":{\"prompt\":\"x\"}} | /model",
      "{\"capability\":\"image_generation\",\"timeout_seconds\":0,\"input\":{\"prompt\":\"x\"}} | /timeout_seconds",
      "{\"capability\":\"image_generation\",\"webhook\":{\"url\":\"http://10.1.2.3/x\"},\"input\":{\"prompt\":\"x\"}} | /webhook/url",
      "{\"capability\":\"image_generation\",\"webhook\":{\"url\":\"http://localhost.invalid:99999/\"},\"input\":{\"prompt\":\"x\"}} | /webhook/url",
      "{\"capability\":\"image_generation\",\"webhook\":{\"url\":\"https://a.example/\",\"events\":[\"born\"]},\"input\":{\"prompt\":\"x\"}} | /webhook/events/0",
      "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"half \\ud83d\"}} | /input/prompt",
      "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"\\ude00 half\"}} | /input/prompt",
      "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\"},\"metadata\":{\"a\\ud83d\":1}} | /metadata",
      "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\"},\"metadata\":{\"a/b\":[0,{\"~\":1e400}]}} | /metadata/a~1b/1/~0",
      "{\"capability\":1e400,\"input\":{\"prompt\":\"x\"}} | /capability",
      "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\",\"output_format\":1e400}} | /input/output_format",
      "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\"},\"provider_options\":{\"a\":0.1234567890123456789012345}} | /provider_options/a",
      "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\"},\"provider_options\":{\"a\":1e-400}} | /provider_options/a",
      "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\"},\"provider_options\":{\"a\":1e999999999}} | /provider_options/a",
      "{\"capability\":\"image_generation\",\"model\":\"a\\n\",\"input\":{\"prompt\":\"x\"}} | /model",
      "{\"capability\":\"image_generation\",\"run_at\":\"2026-12-01T00:00:00Z\\n\",\"input\":{\"prompt\":\"x\"}} | /run_at",
      "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\",\"aspect_ratio\":\"1:1\\n\"}} | /input/aspect_ratio",
      "{\"capability\":\"image_generation\",\"metadata\":{\"k\":\"\\u0000\"},\"input\":{\"prompt\":\"x\"}} | /metadata/k"})
  void aWrongValueIsNamedByItsPlace(String body, String pointer) {
    JsonObject problem = problem(node.post("/v1/tasks", body), 422);
    JsonObject fault = problem.getJsonArray("errors").getJsonObject(0);
    assertEquals(pointer == null ? "" : pointer, fault.getString("pointer"), problem::encodePrettily);
    assertTrue(fault.getString("detail").length() > 3);
  }

  @Test
  void aCommaInAQuotedParameterIsToldToBeWhereTheDataBegins() {
    JsonObject body = new JsonObject().put("capability", "super_resolution").put("input", new JsonObject()
        .put("image_url", "data:image/png;name=\"a,b\";base64,iVBORw0KGgoAAAANSUhEUgAAAAE="));
    assertTrue(problem(node.post("/v1/tasks", body.encode()), 422).getString("detail").contains("its first comma, which stands within a quoted parameter"));
  }

  @Test
  void aRatioAndASizeTogetherAreRefusedByName() {
    JsonObject problem = problem(node.post("/v1/tasks",
        "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\",\"aspect_ratio\":\"1:1\",\"width\":64,\"height\":64}}"), 422);
    assertEquals(2, problem.getJsonArray("errors").size(), problem::encodePrettily);
    problem.getJsonArray("errors").forEach(fault -> assertEquals("must not be given together with aspect_ratio", ((JsonObject) fault).getString("detail")));
  }

  @Test
  void allFaultsAreToldAtOnce() {
    JsonObject problem = problem(node.post("/v1/tasks",
        "{\"capability\":\"image_generation\",\"foo\":1,\"priority\":\"x\",\"input\":{\"bar\":1,\"width\":5}}"), 422);
    assertEquals(5, problem.getJsonArray("errors").size(), problem::encodePrettily);
  }

  @Test
  void workIsLinearHoweverManyFaultsThereAre() {
    long began = System.nanoTime();
    JsonObject problem = problem(node.post("/v1/tasks", "{\"capability\":\"text_embedding\",\"input\":{\"texts\":[" + "1,".repeat(400_000) + "1]}}"), 422);
    assertTrue(problem.getJsonArray("errors").size() <= 100);
    StringBuilder unknown = new StringBuilder("{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\"");
    for (int i = 0; i < 40_000; i++) {
      unknown.append(",\"a").append(i).append("\":\"\\ud800\"");
    }
    assertEquals(100, problem(node.post("/v1/tasks", unknown + "}}"), 422).getJsonArray("errors").size());
    problem(node.post("/v1/tasks/batch", "{\"tasks\":[" + "{\"capability\":\"x\",\"input\":{},\"a\":1},".repeat(999) + "{}]}"), 422);
    // Twenty-two seconds where each fault is looked for among the others.
    assertTrue(System.nanoTime() - began < 10_000_000_000L, "three bodies of a megabyte take seconds at most");
  }

  @Test
  void aBatchIsRefusedAsAWholeAndEachFaultNamesItsTask() {
    JsonObject problem = problem(node.post("/v1/tasks/batch", "{\"tasks\":[{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\"}},"
        + "{\"capability\":\"image_generation\",\"input\":{}}]}"), 422);
    assertEquals("/tasks/1/input/prompt", problem.getJsonArray("errors").getJsonObject(0).getString("pointer"));
    problem(node.post("/v1/tasks/batch", "{\"tasks\":[]}"), 422);
    String one = "{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"x\"}}";
    problem(node.post("/v1/tasks/batch", "{\"tasks\":[" + (one + ",").repeat(1_000) + one + "]}"), 422);
  }

  @Test
  void aProviderThatLacksTheCapabilityOrHasNoProcessorIsAConflictWithTheReason() {
    String detail = problem(node.post("/v1/tasks",
        "{\"capability\":\"text_embedding\",\"provider\":\"fal_standard\",\"input\":{\"text\":\"x\"}}"), 409).getString("detail");
    assertTrue(detail.contains("fal_standard lacks the capability"), detail);
  }

  @Test
  void aBodyThatIsTooLongIsRefusedAndTheServerGoesOn() {
    problem(node.post("/v1/tasks", "{\"capability\":\"" + "a".repeat(2_000_000) + "\"}"), 413);
    assertEquals(200, node.get("/health/live").status());
  }

  @Test
  void otherMediaTypesAreRefused() {
    problem(node.send(node.request("/v1/tasks", "Content-Type", "text/plain").POST(HttpRequest.BodyPublishers.ofString("x"))), 415);
    problem(node.send(node.request("/v1/tasks").POST(HttpRequest.BodyPublishers.ofString("x"))), 415);
  }

  @Test
  void aWrongMethodIsToldTheRightOnes() {
    TestNode.Answer answer = node.send(node.request("/v1/tasks").DELETE());
    problem(answer, 405);
    assertEquals("GET, HEAD, POST", answer.header("Allow"));
  }

  @ParameterizedTest
  @CsvSource({"/v1/nope", "/v1/tasks/abc", "/v1/tasks/01a205d0-e654-7000-89a6-bcc72785beac",
      "/v1/tasks/01a205d0-e654-7000-89a6-bcc72785beac/outputs/0", "/v1/tasks/abc/events", "/nothing.html"})
  void whatIsNotThereIsNotFound(String path) {
    problem(node.get(path), 404);
  }

  @ParameterizedTest
  @CsvSource({"limit=0,limit", "limit=x,limit", "status=odd,status", "colour=red,colour", "cursor=zz,cursor", "created_after=noon,created_after",
      "metadata.a=%ed%a0%80,metadata.a"})
  void aWrongQueryParameterIsNamed(String query, String name) {
    JsonObject problem = problem(node.get("/v1/tasks?" + query), 422);
    assertEquals(name, problem.getJsonArray("errors").getJsonObject(0).getString("parameter"));
  }
}
