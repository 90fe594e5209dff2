package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a client's link or data URI holds is told by its bytes, and refused where it is not what its field wants. */
class CheckedInputsTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static FakeProvider host;
  private static ThroughSandbox stability;
  private static volatile Behaviour answer;

  @BeforeAll
  static void start() {
    host = new FakeProvider(VERTX, seen -> answer);
    stability = new ThroughSandbox("stability");
  }

  @AfterAll
  static void stop() {
    stability.close();
    host.close();
    TestStore.await(VERTX.close());
  }

  private static Buffer png() {
    return Buffer.buffer(Base64.getDecoder().decode(ThroughSandbox.picture(64).substring("data:image/png;base64,".length())));
  }

  private static JsonObject ended(String link) {
    return stability.node.run(stability.task("super_resolution", null, new JsonObject().put("image_url", link), new JsonObject()).put("max_attempts", 1));
  }

  private static String refusal(String link) {
    JsonObject task = ended(link);
    assertEquals("invalid_input", task.getJsonObject("error").getString("code"), task::encodePrettily);
    return task.getJsonObject("error").getString("message");
  }

  private static String refusal(String type, String body) {
    answer = FakeProvider.reply(200, type, Buffer.buffer(body));
    return refusal(host.baseUrl() + "/a");
  }

  @Test
  void aLinkThatGivesNoPictureIsRefusedWithWhatCame() {
    assertEquals("input.image_url must be a picture, but there is nothing in it", refusal("image/png", ""));
    assertEquals("input.image_url must be a picture, but is a web page", refusal("image/png", "<html><body>Gone</body></html>"));
    assertEquals("input.image_url must be a picture, but is JSON", refusal("image/png", "{\"error\":\"gone\"}"));
    assertEquals("input.image_url must be a picture, but is XML", refusal("image/png", "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"));
    assertEquals("input.image_url must be a picture, but is video/mp4", refusal("image/png", "\0\0\0\u0018ftypisom"));
    assertEquals("input.image_url must be a picture, but is said to be image/png and is not", refusal("image/png; x=y", "\0\0\0\0"));
  }

  private static String refusedAtOnce(String uri) {
    TestNode.Answer answer = stability.node.post("/v1/tasks",
        stability.task("super_resolution", null, new JsonObject().put("image_url", uri), new JsonObject()));
    assertEquals(422, answer.status());
    JsonObject error = answer.json().getJsonArray("errors").getJsonObject(0);
    assertEquals("/input/image_url", error.getString("pointer"));
    return error.getString("detail");
  }

  @Test
  void soIsADataUriAndAtOnce() {
    assertEquals("input.image_url must be a picture, but is a web page",
        refusedAtOnce("data:image/png;base64," + Base64.getEncoder().encodeToString("<html></html>".getBytes())));
    assertEquals("input.image_url must be a picture, but is said to be image/png and is not", refusedAtOnce("data:image/png;base64,AAAAAAAA"));
    assertEquals("input.image_url must be a picture, but there is nothing in it", refusedAtOnce("data:image/png;base64,"));
    assertTrue(refusedAtOnce("data:image/png;base64,****").contains("is not valid base64"));
  }

  @Test
  void aPictureIsTakenHoweverItIsPackedNamedAndLinked() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(png().getBytes());
    }
    answer = FakeProvider.reply(200, "text/html", Buffer.buffer(packed.toByteArray()), "Content-Encoding", "gzip");
    JsonObject linked = ended(host.baseUrl().replace("http", "Http") + "/a picture|狐{}.png#x");
    assertEquals("completed", linked.getString("status"), linked::encodePrettily);
    assertTrue(host.seen().stream().anyMatch(seen -> seen.uri().equals("/a%20picture|%E7%8B%90%7B%7D.png")));
    JsonObject inline = ended("DATA:text/plain;BASE64," + Base64.getEncoder().encodeToString(png().getBytes()));
    assertEquals("completed", inline.getString("status"), inline::encodePrettily);
  }
}
