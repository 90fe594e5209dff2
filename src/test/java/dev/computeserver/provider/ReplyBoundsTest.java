package dev.computeserver.provider;

import static dev.computeserver.support.FakeProvider.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Replies that are longer than anybody needs, many at once: they cost no memory, no job and no second charge. */
class ReplyBoundsTest {
  private static final int TASKS = 40;
  private static final int BOMB_BYTES = 300_000_000;
  /** Fits into what is taken off a connection at once. */
  private static final int SMALL_BOMB_BYTES = 120_000_000;

  private final Vertx vertx = Vertx.vertx();
  private final Set<String> looked = ConcurrentHashMap.newKeySet();
  private final AtomicInteger submits = new AtomicInteger();
  private FakeProvider provider;

  @AfterEach
  void stop() {
    provider.close();
    TestStore.await(vertx.close());
  }

  private static Buffer bomb(int bytes) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    byte[] blanks = new byte[1_000_000];
    Arrays.fill(blanks, (byte) ' ');
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      for (int i = 0; i < bytes / blanks.length; i++) {
        out.write(blanks);
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return Buffer.buffer(packed.toByteArray());
  }

  private static List<JsonObject> run(TestNode node, JsonObject task) {
    JsonArray tasks = new JsonArray();
    for (int i = 0; i < TASKS; i++) {
      tasks.add(task);
    }
    JsonArray accepted = node.post("/v1/tasks/batch", new JsonObject().put("tasks", tasks)).json().getJsonArray("tasks");
    List<JsonObject> ended = new ArrayList<>();
    accepted.forEach(each -> ended.add(node.ended(((JsonObject) each).getString("id"))));
    return ended;
  }

  private void check(List<JsonObject> ended, TestNode node) {
    ended.forEach(task -> assertEquals("completed", task.getString("status"), task::encodePrettily));
    assertEquals(TASKS, submits.get());
    assertNothingIsTaken(node);
  }

  private static void assertNothingIsTaken(TestNode node) {
    String taken = new String(node.get("/metrics").bytes()).lines().filter(line -> line.startsWith("compute_memory_taken_bytes ")).findFirst().orElseThrow();
    assertEquals(0, Double.parseDouble(taken.split(" ")[1]), "what was taken for replies was given back");
  }

  @Test
  void statusRepliesThatUnfoldToHundredsOfMegabytesAreLooksThatFailed() {
    Behaviour bomb = reply(200, "application/json", bomb(BOMB_BYTES), "Content-Encoding", "gzip");
    Buffer png = Buffer.buffer(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0});
    provider = new FakeProvider(vertx, seen -> {
      if (seen.elsewhere()) {
        return reply(200, "image/png", png);
      }
      if (seen.method().equals("POST")) {
        String link = provider.baseUrl() + "/fal-ai/flux/requests/job-" + submits.incrementAndGet();
        return reply(200, new JsonObject().put("request_id", link).put("status_url", link + "/status").put("response_url", link)
            .put("cancel_url", link + "/cancel").encode());
      }
      // Both the status and the result come as a bomb at first.
      return looked.add(seen.path()) ? bomb : reply(200, seen.path().endsWith("/status") ? "{\"status\":\"COMPLETED\"}"
          : new JsonObject().put("images", JsonArray.of(new JsonObject().put("url", provider.elsewhere() + "/fox.png"))).encode());
    });
    try (TestNode node = new TestNode(Map.of("FAL_KEY", "a-key", "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", provider.baseUrl(),
        "COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_FIRST_MS", "20", "COMPUTE_NODE_MEMORY_PERCENT", "5"))) {
      check(run(node, new JsonObject().put("capability", "image_generation").put("provider", "fal_standard")
          .put("input", new JsonObject().put("prompt", "a red fox"))), node);
    }
  }

  /** Together they need several times the memory that there is. */
  @Test
  void paidRepliesWaitForMemoryAndAreAllKept() {
    byte[] picture = new byte[3_000_000];
    System.arraycopy(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10}, 0, picture, 0, 8);
    String json = new JsonObject().put("data", JsonArray.of(new JsonObject().put("b64_json", Base64.getEncoder().encodeToString(picture)))).encode();
    provider = new FakeProvider(vertx, seen -> {
      submits.incrementAndGet();
      return reply(200, json);
    });
    try (TestNode node = new TestNode(Map.of("OPENAI_API_KEY", "a-key", "COMPUTE_PROVIDERS_OPENAI_BASE_URL", provider.baseUrl(),
        "COMPUTE_NODE_MEMORY_PERCENT", "5"))) {
      List<JsonObject> ended = run(node, new JsonObject().put("capability", "image_generation").put("provider", "openai")
          .put("input", new JsonObject().put("prompt", "a red fox")));
      check(ended, node);
      ended.forEach(task -> assertTrue(task.getJsonArray("outputs").getJsonObject(0).getInteger("bytes") == picture.length));
    }
  }

  @Test
  void theConnectionOfAReplyThatIsGivenUpIsReadForTheNext() {
    AtomicInteger looks = new AtomicInteger();
    Behaviour bomb = reply(200, "application/json", bomb(SMALL_BOMB_BYTES), "Content-Encoding", "gzip");
    provider = new FakeProvider(vertx, seen -> {
      if (seen.method().equals("POST")) {
        String link = provider.baseUrl() + "/fal-ai/flux/requests/job-1";
        return reply(200, new JsonObject().put("request_id", "job-1").put("status_url", link + "/status").put("response_url", link)
            .put("cancel_url", link + "/cancel").encode());
      }
      boolean first = seen.path().endsWith("/status") && looks.getAndIncrement() == 0;
      return first ? bomb : reply(200, seen.path().endsWith("/status") ? "{\"status\":\"COMPLETED\"}"
          : new JsonObject().put("images", JsonArray.of(new JsonObject().put("url", "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs="))).encode());
    });
    try (TestNode node = new TestNode(Map.of("FAL_KEY", "a-key", "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", provider.baseUrl(),
        "COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_FIRST_MS", "20", "COMPUTE_PROVIDERS_FAL_STANDARD_LIMITS_MAX_CONNECTIONS", "1",
        "COMPUTE_PROVIDERS_FAL_STANDARD_TIMEOUT_SECONDS", "3"))) {
      JsonObject task = node.ended(node.post("/v1/tasks", new JsonObject().put("capability", "image_generation").put("provider", "fal_standard")
          .put("input", new JsonObject().put("prompt", "a red fox"))).json().getString("id"));
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertEquals(2, looks.get(), "the look after the bomb was answered");
      assertNothingIsTaken(node);
    }
  }

  @Test
  void submitsWhoseConnectionsBreakBeforeTheirTurnGiveTheirMemoryBack() throws IOException {
    provider = new FakeProvider(vertx, seen -> reply(500, "{}"));
    try (ServerSocket closing = new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress())) {
      Thread closer = new Thread(() -> {
        try {
          while (!closing.isClosed()) {
            closing.accept().close();
          }
        } catch (IOException closed) {
          // The test is over.
        }
      });
      closer.setDaemon(true);
      closer.start();
      try (TestNode node = new TestNode(Map.of("FAL_KEY", "a-key", "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL",
          "http://127.0.0.1:" + closing.getLocalPort(), "COMPUTE_TASKS_RECONCILE_SECONDS", "1"))) {
        run(node, new JsonObject().put("capability", "image_generation").put("provider", "fal_standard").put("max_attempts", 1)
            .put("input", new JsonObject().put("prompt", "a red fox"))).forEach(task -> assertEquals("failed", task.getString("status"), task::encode));
        assertNothingIsTaken(node);
      }
    }
  }
}
