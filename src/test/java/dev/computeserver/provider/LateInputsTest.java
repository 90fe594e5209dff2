package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client's link whose server does not give the file at first. */
class LateInputsTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final byte[] PNG = Base64.getDecoder().decode(ThroughSandbox.picture(64).substring("data:image/png;base64,".length()));
  private static volatile Behaviour late;
  private static volatile int lateTimes;
  private static volatile int asked;
  private static FakeProvider host;
  private static ThroughSandbox stability;

  @BeforeAll
  static void start() {
    host = new FakeProvider(VERTX, seen -> ++asked <= lateTimes ? late : FakeProvider.reply(200, "image/png", Buffer.buffer(PNG)));
    stability = new ThroughSandbox("stability");
  }

  @AfterAll
  static void stop() {
    stability.close();
    host.close();
    TestStore.await(VERTX.close());
  }

  private static JsonObject ended(Behaviour behaviour, int times, int timeoutSeconds) {
    late = behaviour;
    lateTimes = times;
    asked = 0;
    JsonObject input = new JsonObject().put("image_url", host.baseUrl() + "/picture");
    return stability.node.run(stability.task("super_resolution", null, input, new JsonObject()).put("max_attempts", 1)
        .put("timeout_seconds", timeoutSeconds));
  }

  private static String refusal(JsonObject task) {
    assertEquals("invalid_input", task.getJsonObject("error").getString("code"), task::encodePrettily);
    return task.getJsonObject("error").getString("message");
  }

  static Stream<Arguments> notReady() {
    return Stream.of(Arguments.of("503", FakeProvider.reply(503, "busy")), Arguments.of("429", FakeProvider.reply(429, "later", "Retry-After", "0")),
        Arguments.of("500", FakeProvider.reply(500, "oh")), Arguments.of("502", FakeProvider.reply(502, "")),
        Arguments.of("504", FakeProvider.reply(504, "")), Arguments.of("408", FakeProvider.reply(408, "")),
        Arguments.of("425", FakeProvider.reply(425, "")), Arguments.of("cut", FakeProvider.cut()),
        Arguments.of("cut in the middle", FakeProvider.cutInTheMiddle()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("notReady")
  void isAskedAgainAtNoCost(String how, Behaviour behaviour) {
    JsonObject task = ended(behaviour, 2, 60);
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, task.getInteger("attempt"));
    assertEquals(3, asked);
  }

  @Test
  void isWaitedForAsLongAsItAsks() {
    long began = System.nanoTime();
    assertEquals("completed", ended(FakeProvider.reply(503, "busy", "Retry-After", "2"), 1, 60).getString("status"));
    assertTrue(System.nanoTime() - began >= 2_000_000_000L);
  }

  @Test
  void isNotAskedForEver() {
    assertEquals("input.image_url cannot be fetched: its server was not ready at 5 tries, the last time the link answered 503; "
        + "retry the task when it is, or give another link", refusal(ended(FakeProvider.reply(503, "busy"), 99, 60)));
    assertEquals(5, asked);
  }

  @Test
  void isNotWaitedForBeyondTheTasksTime() {
    assertEquals("input.image_url cannot be fetched: its server was not ready at one try, the last time the link answered 429; "
        + "retry the task when it is, or give another link", refusal(ended(FakeProvider.reply(429, "later", "Retry-After", "100"), 99, 60)));
    assertEquals(1, asked);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403, 404, 410, 451})
  void whatTheClientHasToMendIsSaidAtOnce(int status) {
    assertEquals("input.image_url cannot be fetched: the link answered " + status, refusal(ended(FakeProvider.reply(status, "no"), 99, 60)));
    assertEquals(1, asked);
  }
}
