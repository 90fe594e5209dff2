package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.TestFiles;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Replies in forms that HTTP allows and few servers send: to the submit, to each look, and in the place of a file. */
class FramedRepliesTest {
  private static final String FILE = new String(TestFiles.png(), StandardCharsets.ISO_8859_1);

  private final Vertx vertx = Vertx.vertx();
  private final FakeProvider fal = new FakeProvider(vertx, this::script);
  /** Makes a whole reply of a content type and a body. */
  private volatile BinaryOperator<String> framed;

  @AfterEach
  void stop() {
    fal.close();
    TestStore.await(vertx.close());
  }

  private Behaviour script(Seen seen) {
    String link = fal.baseUrl() + "/fal-ai/flux/requests/job-1";
    if (seen.elsewhere()) {
      return FakeProvider.raw(framed.apply("image/png", FILE));
    }
    JsonObject reply = seen.method().equals("POST")
        ? new JsonObject().put("request_id", "job-1").put("status_url", link + "/status").put("response_url", link).put("cancel_url", link + "/cancel")
        : seen.path().endsWith("/status") ? new JsonObject().put("status", "COMPLETED")
        : new JsonObject().put("images", JsonArray.of(new JsonObject().put("url", fal.elsewhere() + "/fox.png")));
    return FakeProvider.raw(framed.apply("application/json", reply.encode()));
  }

  private static String whole(String type, String body) {
    return "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nConnection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  private void completes(BinaryOperator<String> frame) {
    framed = frame;
    try (TestNode node = new TestNode(Map.of("FAL_KEY", "a-key", "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", fal.baseUrl()))) {
      JsonObject task = node.run(new JsonObject().put("capability", "image_generation").put("provider", "fal_standard").put("max_attempts", 1)
          .put("input", new JsonObject().put("prompt", "a red fox")));
      assertEquals("completed", task.getString("status"), task::encodePrettily);
      assertEquals("job-1", task.getString("external_id"));
      assertArrayEquals(TestFiles.png(), node.get(task.getJsonArray("outputs").getJsonObject(0).getString("url")).bytes());
      assertEquals(1, fal.seen().stream().filter(seen -> seen.method().equals("POST")).count());
    }
  }

  @Test
  void anInterimReplyIsNotTakenForTheReplyItself() {
    completes((type, body) -> "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 104 Upload Resumption Supported\r\n\r\n"
        + "HTTP/1.1 199 Odd\r\nContent-Length: 0\r\n\r\n" + whole(type, body));
  }

  @Test
  void chunksMayHaveExtensionsAndTrailers() {
    completes((type, body) -> "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5;x=\"y\"\r\n" + body.substring(0, 5)
        + "\r\n" + Integer.toHexString(body.length() - 5) + " ; a=\"b\"\r\n" + body.substring(5) + "\r\n0;last\r\nX-Check: 1\r\n\r\n");
  }

  @Test
  void aPartThatIsTheWholeIsAFile() {
    completes((type, body) -> type.equals("image/png") ? whole(type, body).replace("200 OK\r\n", "206 Partial Content\r\nContent-Range: bytes 0-" + (body.length() - 1)
        + "/" + body.length() + "\r\n") : whole(type, body));
  }

  @Test
  void whatTheProviderSaysTwiceToBeUnpackedIs() {
    completes((type, body) -> whole(type, packed(packed(body))).replace("Content-Type", "Content-Encoding: gzip, identity\r\nContent-Encoding: gzip\r\nContent-Type"));
  }

  private static String packed(String plain) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(plain.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return packed.toString(StandardCharsets.ISO_8859_1);
  }

  @Test
  void aLengthThatIsSaidTwiceIsOne() {
    completes((type, body) -> whole(type, body).replace("Content-Length", "Content-Length: " + body.length() + "\r\nContent-Length"));
  }
}
