package dev.computeserver.api;

import static dev.computeserver.support.FakeProvider.reply;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.MovingFiles;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The files behind the outputs of tasks: whose they are, and how long they are open. */
class ServedFilesTest {
  private static final int LARGE = 32 * 1024 * 1024;
  /** More than is written at once, so that a download in its middle has a file. */
  private static final int SOME = 1024 * 1024;

  private final Vertx vertx = Vertx.vertx();
  private final Signals<HttpServerRequest> downloads = new Signals<>();
  private final FakeProvider fal = new FakeProvider(vertx, this::script);
  private volatile Behaviour file;
  private volatile List<String> links = List.of("/fox.png");
  private Path data;
  private TestNode node;

  @BeforeEach
  void start() throws IOException {
    data = Files.createTempDirectory(Path.of("target"), "served-");
    node = new TestNode(Map.of("FAL_KEY", "a-key", "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", fal.baseUrl(), "COMPUTE_DATA_DIR", data.toString(),
        "COMPUTE_OUTPUTS_TIMEOUT_SECONDS", "5"));
  }

  @AfterEach
  void stop() {
    node.close();
    fal.close();
    TestStore.await(vertx.close());
  }

  private Behaviour script(Seen seen) {
    if (seen.elsewhere()) {
      return request -> {
        file.answer(request);
        downloads.accept(request);
      };
    }
    String link = fal.baseUrl() + "/fal-ai/flux/requests/job";
    if (seen.method().equals("POST")) {
      return reply(200, new JsonObject().put("request_id", "job-" + fal.seen().size()).put("status_url", link + "/status").put("response_url", link)
          .put("cancel_url", link + "/cancel").encode());
    }
    JsonArray images = new JsonArray(links.stream().map(each -> new JsonObject().put("url", fal.elsewhere() + each)).toList());
    return reply(200, seen.path().endsWith("/status") ? "{\"status\":\"COMPLETED\"}"
        : new JsonObject().put("images", images).encode());
  }

  private static JsonObject task() {
    return new JsonObject().put("capability", "image_generation").put("provider", "fal_standard")
        .put("input", new JsonObject().put("prompt", "a red fox"));
  }

  private static Buffer png(int bytes, int filling) {
    byte[] all = new byte[bytes];
    Arrays.fill(all, (byte) filling);
    System.arraycopy(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10}, 0, all, 0, 8);
    return Buffer.buffer(all);
  }

  private static Behaviour serving(Buffer bytes) {
    return reply(200, "image/png", bytes);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void areClosedHoweverTheRequestsEnd() throws Exception {
    file = serving(png(LARGE, 1));
    String url = node.run(task()).getJsonArray("outputs").getJsonObject(0).getString("url");
    for (int i = 0; i < 100; i++) {
      assertEquals(206, node.get(url, "Range", "bytes=" + i * 1000 + "-" + (i * 2000 + 70_000)).status());
      assertEquals(200, node.send(node.request(url).method("HEAD", BodyPublishers.noBody())).status());
      abort(url, i % 2 == 0 ? 1 : 300_000);
    }
    HttpClient streams = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
    for (int i = 0; i < 5; i++) {
      assertEquals(LARGE, node.get(url).bytes().length);
      HttpResponse<InputStream> given = streams.send(node.request(url).build(), HttpResponse.BodyHandlers.ofInputStream());
      assertEquals(HttpClient.Version.HTTP_1_1, given.version(), "HTTP/2 is asked for and not taken up");
      try (InputStream reset = given.body()) {
        reset.readNBytes(1);
      }
    }
    until(this::open, List::isEmpty);
    try (Socket client = ask(url)) {
      client.getInputStream().readNBytes(1);
      assertEquals(1, open().size(), "an open file is not seen");
    }
    until(this::open, List::isEmpty);
  }

  /** Goes away while the server waits for it to read on. */
  private void abort(String url, int after) throws IOException {
    try (Socket client = ask(url)) {
      InputStream in = client.getInputStream();
      assertEquals(after, in.readNBytes(after).length);
    }
  }

  private Socket ask(String url) throws IOException {
    Socket client = new Socket("127.0.0.1", node.port());
    client.setSoTimeout(60_000);
    client.getOutputStream().write(("GET " + url + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    return client;
  }

  @Test
  void areThoseOfTheAttemptThatCompletedThoughAnEarlierOneEndsItsDownloadLater() throws Exception {
    Buffer first = png(SOME, 1);
    Buffer second = png(SOME, 2);
    file = request -> request.response().putHeader("Content-Type", "image/png").putHeader("Content-Length", String.valueOf(SOME))
        .write(first.slice(0, SOME - 1));
    String id = node.post("/v1/tasks", task().put("timeout_seconds", 2)).json().getString("id");
    HttpServerRequest slow = downloads.await(1).get(0);
    assertEquals("deadline_exceeded", node.ended(id).getJsonObject("error").getString("code"));
    until(this::stored, files -> files.size() == 1);

    file = serving(second);
    assertEquals(202, node.post("/v1/tasks/" + id + "/retry", new JsonObject()).status());
    JsonObject task = node.ended(id);
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(2, stored().size());

    vertx.runOnContext(now -> slow.response().end(first.slice(SOME - 1, SOME)));
    until(this::stored, files -> files.size() == 1);
    JsonObject output = task.getJsonArray("outputs").getJsonObject(0);
    assertTrue(stored().get(0).toString().endsWith(".0"), () -> String.valueOf(stored()));
    TestNode.Answer answer = node.get(output.getString("url"));
    assertArrayEquals(second.getBytes(), answer.bytes());
    assertEquals("\"" + output.getString("sha256") + "\"", answer.header("ETag"));
  }

  @Test
  void aFileThatCannotBeHadDoesNotCostTheGoodOne() throws Exception {
    links = List.of("/fox.png", "/gone.png");
    file = request -> (request.path().equals("/gone.png") ? reply(410, "") : serving(png(SOME, 1))).answer(request);
    JsonObject task = node.run(task().put("input", new JsonObject().put("prompt", "a red fox").put("num_outputs", 2)));
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, task.getJsonArray("outputs").size(), task::encodePrettily);
    JsonObject error = task.getJsonArray("attempts").getJsonObject(0).getJsonObject("error");
    assertEquals("output_unavailable", error.getString("code"), task::encodePrettily);
    assertTrue(error.getString("message").contains("output 1"), error::encode);
    until(this::stored, files -> files.size() == 1);
  }

  private List<Path> stored() {
    return MovingFiles.below(data.resolve("outputs"));
  }

  /** What this process has open of the outputs. */
  private List<Path> open() {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      Path outputs = data.resolve("outputs").toRealPath();
      return all.flatMap(ServedFilesTest::target).filter(target -> target.startsWith(outputs)).toList();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static Stream<Path> target(Path descriptor) {
    try {
      return Stream.of(Files.readSymbolicLink(descriptor));
    } catch (IOException closedMeanwhile) {
      return Stream.empty();
    }
  }

  /** Looks again and again, for what happens on disk tells nobody. */
  private static void until(Supplier<List<Path>> look, Predicate<List<Path>> wanted) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    List<Path> seen = look.get();
    while (!wanted.test(seen)) {
      assertTrue(System.nanoTime() < end, "not within 60 s: " + seen);
      Thread.onSpinWait();
      seen = look.get();
    }
  }
}
