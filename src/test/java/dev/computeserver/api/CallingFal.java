package dev.computeserver.api;

import static dev.computeserver.support.FakeProvider.reply;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLDecoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/** A fal that loses replies to submits on request, lists no job, and signs its callbacks; the test sends these itself. */
final class CallingFal implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx();
  private final FakeProvider provider = new FakeProvider(vertx, this::script);
  private final KeyPair keys = pair();
  final Signals<Seen> submits = new Signals<>();
  final Signals<Seen> looks = new Signals<>();
  /** To the very first submit; null: as to the others. */
  volatile Behaviour submittedFirst;
  /** To the next submits; null: they are accepted. */
  volatile Behaviour submitted;
  volatile boolean running;
  volatile boolean keysAway;

  static KeyPair pair() {
    try {
      return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** For a node on which this is fal, and which looks at jobs only when it is told to. */
  Map<String, String> environment(String... more) {
    String prefix = "COMPUTE_PROVIDERS_FAL_STANDARD_";
    Map<String, String> environment = new HashMap<>(Map.of("FAL_KEY", "a-key", prefix + "BASE_URL", provider.baseUrl(),
        "COMPUTE_PUBLIC_URL", "https://compute.example.com", prefix + "POLLING_FIRST_MS", "600000", prefix + "POLLING_MIN_MS", "600000",
        prefix + "POLLING_MAX_MS", "600000", "COMPUTE_TASKS_RECONCILE_SECONDS", "30"));
    for (int i = 0; i < more.length; i += 2) {
      environment.put(more[i], more[i + 1]);
    }
    return environment;
  }

  private Behaviour script(Seen seen) {
    if (seen.elsewhere()) {
      return reply(200, "image/png", Buffer.buffer(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0}));
    }
    if (seen.path().equals("/.well-known/jwks.json")) {
      return keysAway ? reply(503, "{}") : reply(200, keySet().encode());
    }
    if (seen.path().startsWith("/v1/models/requests/")) {
      return reply(200, "{\"items\":[]}");
    }
    if (seen.method().equals("POST")) {
      String id = "job-" + (submits.all().size() + 1);
      Behaviour wanted = submits.all().isEmpty() && submittedFirst != null ? submittedFirst : submitted;
      Behaviour behaviour = wanted == null ? accepted(id) : wanted;
      submits.accept(seen);
      return behaviour;
    }
    if (seen.path().endsWith("/status")) {
      // The answer is fixed before the test hears of the look: what it changes then is for the next one.
      Behaviour answer = reply(200, new JsonObject().put("status", running ? "IN_PROGRESS" : "COMPLETED").encode());
      looks.accept(seen);
      return answer;
    }
    return reply(200, new JsonObject().put("images", JsonArray.of(new JsonObject().put("url", provider.elsewhere() + "/fox.png"))).encode());
  }

  Behaviour accepted(String id) {
    String link = provider.baseUrl() + "/fal-ai/flux/requests/" + id;
    return reply(200, new JsonObject().put("request_id", id).put("status_url", link + "/status").put("response_url", link)
        .put("cancel_url", link + "/cancel").encode());
  }

  private JsonObject keySet() {
    byte[] encoded = keys.getPublic().getEncoded();
    String bare = Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
    return JsonObject.of("keys", JsonArray.of(JsonObject.of("kty", "OKP", "crv", "Ed25519", "x", bare)));
  }

  /** The path of the callback URL that came with a submit. */
  String callbackPath(int submit) {
    String uri = submits.await(submit).get(submit - 1).uri();
    String url = URLDecoder.decode(uri.substring(uri.indexOf("fal_webhook=") + 12), StandardCharsets.UTF_8);
    return url.substring("https://compute.example.com".length());
  }

  static String body(String id) {
    return new JsonObject().put("request_id", id).put("status", "OK").put("payload", new JsonObject()).encode();
  }

  TestNode.Answer call(TestNode node, String path, String id) {
    return call(node, path, body(id), keys, Instant.now());
  }

  TestNode.Answer call(TestNode node, String path, String body, KeyPair by, Instant at) {
    return send(node, path, body, "X-Fal-Webhook-Request-Id", "r", "X-Fal-Webhook-User-Id", "u", "X-Fal-Webhook-Timestamp",
        "" + at.getEpochSecond(), "X-Fal-Webhook-Signature", signature(by, "r\nu\n" + at.getEpochSecond() + "\n", body));
  }

  static TestNode.Answer send(TestNode node, String path, String body, String... headers) {
    return node.send(node.request(path, headers).POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  KeyPair keys() {
    return keys;
  }

  private static String signature(KeyPair by, String lines, String body) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8));
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(by.getPrivate());
      signature.update((lines + HexFormat.of().formatHex(hash)).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(signature.sign());
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Ends what hangs. */
  void cutAll() {
    provider.cutAll();
  }

  @Override
  public void close() {
    provider.close();
    TestStore.await(vertx.close());
  }
}
