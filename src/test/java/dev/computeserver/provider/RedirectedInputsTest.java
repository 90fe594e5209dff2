package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client's link that leads on to another: it is followed, not for ever, and never to where it must not lead. */
class RedirectedInputsTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static FakeProvider host;
  private static ThroughSandbox stability;
  private static volatile String place;

  @BeforeAll
  static void start() {
    host = new FakeProvider(VERTX, RedirectedInputsTest::answer);
    stability = new ThroughSandbox("stability");
  }

  @AfterAll
  static void stop() {
    stability.close();
    host.close();
    TestStore.await(VERTX.close());
  }

  @BeforeEach
  void standing() {
    place = "/picture";
  }

  private static Behaviour answer(Seen seen) {
    if (seen.path().equals("/picture")) {
      byte[] png = Base64.getDecoder().decode(ThroughSandbox.picture(64).substring("data:image/png;base64,".length()));
      return FakeProvider.reply(200, "image/png", Buffer.buffer(png));
    }
    int left = Integer.parseInt(seen.path().substring(1));
    String next = left > 1 ? (left % 2 == 0 ? host.elsewhere() : "") + "/" + (left - 1) : place;
    return FakeProvider.reply(left % 2 == 0 ? 302 : 307, "moved", "Location", next);
  }

  private static JsonObject ended(String link) {
    JsonObject input = new JsonObject().put("image_url", link);
    return stability.node.run(stability.task("super_resolution", null, input, new JsonObject()).put("max_attempts", 1));
  }

  private static String refusal(String link) {
    JsonObject task = ended(link);
    assertEquals("invalid_input", task.getJsonObject("error").getString("code"), task::encodePrettily);
    return task.getJsonObject("error").getString("message");
  }

  @Test
  void isFollowedTenTimesToOtherHostsTooWithoutAnyKey() {
    JsonObject task = ended(host.baseUrl() + "/10");
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertTrue(host.seen().stream().anyMatch(seen -> seen.elsewhere() && seen.path().equals("/picture")));
    assertTrue(host.seen().stream().map(seen -> seen.headers().toString())
        .noneMatch(headers -> headers.contains("authorization") || headers.contains("key-of-the-sandbox")));
  }

  @Test
  void isNotFollowedForEver() {
    assertEquals("input.image_url cannot be fetched: the link leads on more than 10 times", refusal(host.baseUrl() + "/11"));
  }

  @Test
  void isNotFollowedToAPrivateAddressOrToAnythingButHttp() {
    place = "http://10.255.255.1:9/picture";
    assertTrue(refusal(host.baseUrl() + "/1").contains("private"));
    place = "file:///etc/passwd";
    assertTrue(refusal(host.baseUrl() + "/1").contains("must begin with https:// or http://"));
    place = "http://[";
    assertTrue(refusal(host.baseUrl() + "/1").contains("malformed"));
  }
}
