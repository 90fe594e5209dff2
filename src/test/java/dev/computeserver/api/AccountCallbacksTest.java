package dev.computeserver.api;

import static dev.computeserver.support.FakeProvider.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.PrometheusText;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** OpenAI and ElevenLabs, which report at one address of the account, on a node that looks at no job unless it is told to. */
class AccountCallbacksTest {
  private static final byte[] OPENAI_KEY = "a secret of openai".getBytes(StandardCharsets.UTF_8);
  private static final String LABS_SECRET = "wsec_of_elevenlabs";

  private final Vertx vertx = Vertx.vertx();
  private final FakeProvider providers = new FakeProvider(vertx, this::script);
  private final Signals<Seen> submits = new Signals<>();
  private final Signals<Seen> looks = new Signals<>();
  private TestNode node = new TestNode(environment());

  @AfterEach
  void stop() {
    node.close();
    providers.close();
    TestStore.await(vertx.close());
  }

  private Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>(Map.of("OPENAI_API_KEY", "key", "ELEVENLABS_API_KEY", "key",
        "COMPUTE_PUBLIC_URL", "https://compute.example.com",
        "COMPUTE_PROVIDERS_OPENAI_WEBHOOK_SECRET", "whsec_" + Base64.getEncoder().encodeToString(OPENAI_KEY),
        "COMPUTE_PROVIDERS_ELEVENLABS_WEBHOOK_SECRET", LABS_SECRET));
    for (String provider : new String[] {"openai", "elevenlabs"}) {
      String prefix = "COMPUTE_PROVIDERS_" + provider.toUpperCase(Locale.ROOT);
      environment.put(prefix + "_BASE_URL", providers.baseUrl());
      for (String setting : new String[] {"FIRST", "MIN", "MAX"}) {
        environment.put(prefix + "_POLLING_" + setting + "_MS", "600000");
      }
    }
    return environment;
  }

  private Behaviour script(Seen seen) {
    if (seen.elsewhere()) {
      return reply(200, "image/png", Buffer.buffer(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0}));
    }
    if (seen.method().equals("POST")) {
      submits.accept(seen);
      return reply(200, new JsonObject().put("id", seen.path().startsWith("/v1/flows") ? "flow_1" : "resp_1").put("status", "queued").encode());
    }
    looks.accept(seen);
    return reply(200, seen.path().equals("/responses/resp_1")
        ? "{\"id\":\"resp_1\",\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[{\"text\":\"hello\"}]}]}"
        : "{\"id\":\"flow_1\",\"status\":\"completed\",\"content_url\":\"" + providers.elsewhere() + "/fox.png\",\"content_mime_type\":\"image/png\"}");
  }

  private String begin(String provider, String capability) {
    TestNode.Answer accepted = node.post("/v1/tasks", new JsonObject().put("capability", capability).put("provider", provider)
        .put("input", new JsonObject().put("prompt", "a red fox")));
    assertEquals(202, accepted.status(), () -> accepted.json().encode());
    return accepted.json().getString("id");
  }

  /** Asking the store is itself the wait, and bounded. */
  private void untilKnown(String job) {
    for (int looks = 0; looks < 5_000; looks++) {
      if ("1".equals(TestServers.ask(node.database, "SELECT count(*) FROM account_job WHERE external_id = '" + job + "'"))) {
        return;
      }
    }
    throw new AssertionError("never known: " + job);
  }

  private static byte[] mac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private TestNode.Answer openai(byte[] key, Instant at, String body) {
    String signature = "v1," + Base64.getEncoder().encodeToString(mac(key, "msg." + at.getEpochSecond() + "." + body));
    return CallingFal.send(node, "/v1/provider-callbacks/openai", body, "webhook-id", "msg", "webhook-timestamp", "" + at.getEpochSecond(),
        "webhook-signature", signature);
  }

  private TestNode.Answer labs(String secret, String body) {
    long now = Instant.now().getEpochSecond();
    return CallingFal.send(node, "/v1/provider-callbacks/elevenlabs", body, "ElevenLabs-Signature",
        "t=" + now + ",v0=" + HexFormat.of().formatHex(mac(secret.getBytes(StandardCharsets.UTF_8), now + "." + body)));
  }

  private static String event(String type, String id) {
    return new JsonObject().put("type", type).put("data", new JsonObject().put("id", id)).encode();
  }

  @Test
  void anEventOfOpenaiBringsTheLookForward() {
    String id = begin("openai", "text_generation");
    untilKnown("resp_1");
    assertEquals(200, openai(OPENAI_KEY, Instant.now(), event("response.completed", "resp_1")).status());
    JsonObject task = node.ended(id);
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, looks.all().size());
    assertEquals(200, openai(OPENAI_KEY, Instant.now(), event("response.completed", "resp_1")).status(), "it is told again, after the end");
  }

  @Test
  void anEventOfElevenlabsThatWasAskedForBringsTheLookForward() {
    String id = begin("elevenlabs", "image_generation");
    assertEquals(new JsonObject("{\"type\":\"all\"}"), submits.await(1).get(0).body().toJsonObject().getJsonObject("webhook"));
    untilKnown("flow_1");
    assertEquals(401, labs("another", event("flows_generation", "flow_1")).status());
    assertEquals(200, labs(LABS_SECRET, event("flows_generation", "flow_1")).status());
    JsonObject task = node.ended(id);
    assertEquals("completed", task.getString("status"), task::encodePrettily);
  }

  @Test
  void whatIsNotSignedOrNamesNoJobDoesNothing() {
    begin("openai", "text_generation");
    untilKnown("resp_1");
    String genuine = event("response.completed", "resp_1");
    TestNode.Answer unsigned = CallingFal.send(node, "/v1/provider-callbacks/openai", genuine);
    assertEquals(401, unsigned.status());
    assertTrue(unsigned.json().getString("detail").contains("openai"), () -> unsigned.json().encode());
    assertEquals(401, openai("another".getBytes(StandardCharsets.UTF_8), Instant.now(), genuine).status());
    assertEquals(401, openai(OPENAI_KEY, Instant.now().minusSeconds(330), genuine).status());
    for (String body : new String[] {event("response.completed", "resp_2"), event("response.completed", "../x"), "{\"data\":null}", "{}", "[]", "no json"}) {
      assertEquals(404, openai(OPENAI_KEY, Instant.now(), body).status(), body);
    }
    assertEquals(413, openai(OPENAI_KEY, Instant.now(), "x".repeat(2 << 20)).status());
    assertEquals(404, labs(LABS_SECRET, genuine).status(), "the same id at another provider");
    assertEquals(404, CallingFal.send(node, "/v1/provider-callbacks/fal_standard", genuine).status());
    assertEquals(404, CallingFal.send(node, "/v1/provider-callbacks/nobody", genuine).status());
    assertEquals(0, looks.all().size());
  }

  private double refused(String provider, String reason) {
    return PrometheusText.of(new String(node.get("/metrics").bytes(), StandardCharsets.UTF_8))
        .value("compute_callbacks_refused_total", "provider", provider, "reason", reason);
  }

  @Test
  void withoutTheirSecretNobodyIsHeardNorAskedForCallbacks() {
    node.close();
    Map<String, String> environment = environment();
    environment.keySet().removeIf(name -> name.endsWith("_WEBHOOK_SECRET"));
    node = new TestNode(environment);
    begin("elevenlabs", "image_generation");
    assertFalse(submits.await(1).get(0).body().toString().contains("webhook"));
    TestNode.Answer refused = labs(LABS_SECRET, event("flows_generation", "flow_1"));
    assertEquals(404, refused.status());
    assertTrue(refused.json().getString("detail").contains("providers.elevenlabs.webhook_secret"), () -> refused.json().encode());
    assertEquals(1, refused("elevenlabs", "no_secret"));
  }

  @Test
  void whatIsRefusedIsCountedByProviderAndReason() {
    String genuine = event("response.completed", "resp_of_nobody");
    assertEquals(401, openai("another".getBytes(StandardCharsets.UTF_8), Instant.now(), genuine).status());
    assertEquals(401, CallingFal.send(node, "/v1/provider-callbacks/openai", genuine).status());
    assertEquals(404, openai(OPENAI_KEY, Instant.now(), genuine).status());
    assertEquals(404, CallingFal.send(node, "/v1/provider-callbacks/fal_standard/" + UUID.randomUUID() + "/1-x", genuine).status());
    assertEquals(404, CallingFal.send(node, "/v1/provider-callbacks/fal_standard", genuine).status());
    assertEquals(2, refused("openai", "signature"));
    assertEquals(1, refused("openai", "no_job"));
    assertEquals(2, refused("fal_standard", "address"));
  }

  @Test
  void whatIsKnownOfAJobGoesWithItsTask() {
    begin("openai", "text_generation");
    untilKnown("resp_1");
    TestServers.execute(node.database, "DELETE FROM task");
    assertEquals("0", TestServers.ask(node.database, "SELECT count(*) FROM account_job"));
    assertEquals(404, openai(OPENAI_KEY, Instant.now(), event("response.completed", "resp_1")).status());
  }
}
