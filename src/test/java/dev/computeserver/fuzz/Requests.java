package dev.computeserver.fuzz;

import static dev.computeserver.fuzz.Change.object;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * Requests to the API: a changed one is taken as it is or refused with a problem that says where; never a mistake of the server's,
 * never a connection that just hangs.
 */
final class Requests implements Kind {
  private static final long MOST_MILLIS = 5_000;
  private static final String PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
  private static final List<Map<String, Object>> TASKS = List.of(
      task("image_generation", object("prompt", "a fox", "width", 512, "height", 512, "num_outputs", 1, "seed", 7)),
      task("image_editing", object("image_url", PIXEL, "prompt", "a fox", "strength", 0.5)),
      task("inpainting", object("image_url", PIXEL, "mask_url", PIXEL, "prompt", "a fox")),
      task("super_resolution", object("image_url", "https://example.com/a.png", "scale", 2)),
      task("image_understanding", object("image_url", PIXEL, "prompt", "what is it", "max_tokens", 64)),
      task("video_generation", object("prompt", "a fox", "duration_seconds", 5, "aspect_ratio", "16:9", "resolution", "720p")),
      task("text_generation", object("messages", List.of(object("role", "user", "content", "hello")), "temperature", 0.5)),
      task("text_embedding", object("texts", List.of("a", "b", "c"), "dimensions", 256)),
      task("speech_synthesis", object("text", "hello", "voice", "x", "language", "en")),
      task("music_generation", object("prompt", "a song", "duration_seconds", 10, "instrumental", true)),
      object("tasks", List.of(task("image_generation", object("prompt", "one")), task("text_generation", object("prompt", "two")))));
  private static final List<String> HEADERS = List.of("Content-Type: application/json; charset=utf-8", "Content-Type: text/plain", "Content-Encoding: gzip",
      "Transfer-Encoding: chunked", "Content-Length: 3", "Content-Length: -1", "Content-Length: 99999999999", "Expect: 100-continue", "Origin: null",
      "Origin: http://evil.example", "Host: evil.example", "X-\u0001: y", "Idempotency-Key: " + "k".repeat(300), "Idempotency-Key: \u00ff", ": empty", " folded: x",
      "Connection: Upgrade\r\nUpgrade: h2c", "Range: bytes=0-", "Cookie: " + "c".repeat(20_000));
  private static final List<String> PATHS = List.of("/v1/tasks?status=%00", "/v1/tasks?limit=1e9", "/v1/tasks?cursor=%ff%fe", "/v1/tasks/%2e%2e/x", "/v1//tasks", "//v1/tasks",
      "/v1/tasks?metadata.a=1e999", "/v1/tasks?metadata.=x", "/v1/tasks?created_after=0", "/v1/tasks/01a205d0-e654-7000-89a6-bcc72785beac/outputs/99999999999", "/v1/live",
      "/v1/tasks/01a205d0-e654-7000-89a6-bcc72785beac/events?cursor=-1", "/%", "/v1/inputs/x/y/z", "/v1/providers?x=" + "a".repeat(3_000), "/metrics/..;/x", "*");

  private final int port;

  Requests(int port) {
    this.port = port;
  }

  private static Map<String, Object> task(String capability, Map<String, Object> input) {
    return object("capability", capability, "input", input, "delay_seconds", 3_600, "priority", 1, "max_attempts", 2,
        "metadata", object("order", "42", "n", 7), "provider_options", object("a", object("b", List.of(1, 2.5, "x"))));
  }

  @Override
  public String name() {
    return "requests";
  }

  @Override
  public List<String> run(List<Case> cases) {
    return Kind.sideBySide(cases, this::complaint);
  }

  private String complaint(Case each) {
    Random random = each.random();
    Map<String, Object> base = TASKS.get(random.nextInt(TASKS.size()));
    byte[] body = Change.apply(base, each.changes());
    String path = base.containsKey("tasks") ? "/v1/tasks/batch" : "/v1/tasks";
    boolean framed = random.nextInt(6) > 0;
    List<String> head = new ArrayList<>(List.of("POST " + path + " HTTP/1.1", "Host: localhost", "Content-Type: application/json", "Content-Length: " + body.length));
    if (!framed) {
      head.add(random.nextInt(head.size()) + 1, HEADERS.get(random.nextInt(HEADERS.size())));
      if (random.nextBoolean()) {
        String method = List.of("GET", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "get", "CONNECT", "PRI").get(random.nextInt(9));
        head.set(0, method + " " + PATHS.get(random.nextInt(PATHS.size())) + " HTTP/1." + random.nextInt(3));
      }
      head.add("Connection: close");
    }
    // Who announces more than comes is waited for.
    RawAnswer answer = framed ? RawAnswer.to(port, joined(head, body)) : RawAnswer.to(port, joined(head, body), 500);
    if (answer.status() == -1) {
      return framed ? "no answer within " + answer.millis() + " ms" : null;
    }
    if (answer.status() == 0 || answer.status() >= 500 && answer.status() != 501 && answer.status() != 505) {
      return framed || answer.status() != 0 ? head.get(0) + " was answered with " + answer.status() + ": " + answer.text() : null;
    }
    if (framed && answer.millis() > MOST_MILLIS) {
      return "answered after " + answer.millis() + " ms";
    }
    return !framed ? null : answer.status() == 202 ? kept(body, answer) : refused(answer);
  }

  private static byte[] joined(List<String> head, byte[] body) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes((String.join("\r\n", head) + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
    all.writeBytes(body);
    return all.toByteArray();
  }

  private static String refused(RawAnswer answer) {
    try {
      JsonObject problem = new JsonObject(Buffer.buffer(answer.body()));
      boolean whole = problem.getInteger("status") == answer.status() && problem.getString("title") != null && problem.getString("detail") != null;
      boolean placed = answer.status() != 422 || !problem.getJsonArray("errors", new JsonArray()).isEmpty() || problem.getString("title").contains("Idempotency");
      return whole && placed ? null : "a problem without what it needs: " + answer.text();
    } catch (RuntimeException unreadable) {
      return answer.status() + " without a problem: " + answer.text();
    }
  }

  /** What was taken is what was sent. */
  private static String kept(byte[] body, RawAnswer answer) {
    try {
      JsonObject asked = new JsonObject(Buffer.buffer(body));
      JsonObject told = new JsonObject(Buffer.buffer(answer.body()));
      JsonArray all = asked.containsKey("tasks") ? asked.getJsonArray("tasks") : new JsonArray().add(asked);
      JsonArray tasks = told.containsKey("tasks") ? told.getJsonArray("tasks") : new JsonArray().add(told);
      for (int i = 0; i < all.size(); i++) {
        for (String field : List.of("input", "provider_options", "metadata")) {
          Object sent = all.getJsonObject(i).getValue(field);
          Object kept = tasks.getJsonObject(i).getValue(field);
          boolean none = sent == null || sent instanceof JsonObject object && object.isEmpty();
          if (!none && !same(sent, kept)) {
            return field + " was " + sent + " and is " + kept;
          }
        }
      }
      return null;
    } catch (DecodeException unreadable) {
      return "taken though it is no JSON to us: " + unreadable.getMessage();
    }
  }

  private static boolean same(Object one, Object other) {
    if (one instanceof JsonObject a && other instanceof JsonObject b) {
      return a.fieldNames().equals(b.fieldNames()) && a.fieldNames().stream().allMatch(name -> same(a.getValue(name), b.getValue(name)));
    }
    if (one instanceof JsonArray a && other instanceof JsonArray b) {
      boolean same = a.size() == b.size();
      for (int i = 0; same && i < a.size(); i++) {
        same = same(a.getValue(i), b.getValue(i));
      }
      return same;
    }
    if (one instanceof Number a && other instanceof Number b) {
      return new BigDecimal(a.toString()).compareTo(new BigDecimal(b.toString())) == 0;
    }
    return Objects.equals(one, other);
  }
}
