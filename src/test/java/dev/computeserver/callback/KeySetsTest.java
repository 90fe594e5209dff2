package dev.computeserver.callback;

import static dev.computeserver.callback.Verdict.FORGED;
import static dev.computeserver.callback.Verdict.GENUINE;
import static dev.computeserver.callback.Verdict.UNKNOWN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The schemes with public keys that the provider publishes. */
class KeySetsTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_793_613_600L);
  private static final String PATH = "/v1/provider-callbacks/google/task/1-token";
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final KeyPair OLD = pair("Ed25519");
  private static final KeyPair NEW = pair("Ed25519");
  private static final KeyPair RSA = pair("RSA");

  private final Ed25519Lines fal = new Ed25519Lines("X-Fal-Webhook-", "Request-Id", new Source.Published("rest:/.well-known/jwks.json"));
  private final TokenForUrl google = new TokenForUrl("Webhook-Signature", new Source.Published("/.well-known/jwks.json"));

  private static KeyPair pair(String kind) {
    try {
      return KeyPairGenerator.getInstance(kind).generateKeyPair();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static JsonObject jwk(KeyPair pair, String id) {
    if (pair.getPublic() instanceof RSAPublicKey key) {
      return JsonObject.of("kty", "RSA", "kid", id, "n", number(key.getModulus()), "e", number(key.getPublicExponent()));
    }
    byte[] encoded = pair.getPublic().getEncoded();
    return JsonObject.of("kty", "OKP", "crv", "Ed25519", "kid", id, "x",
        BASE64.encodeToString(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length)));
  }

  private static String number(BigInteger number) {
    return BASE64.encodeToString(number.toByteArray());
  }

  private static Keys keys(JsonObject... jwks) {
    return Keys.published(new JsonObject().put("keys", new JsonArray(Arrays.asList((Object[]) jwks))));
  }

  private static byte[] sign(KeyPair pair, String algorithm, String text) {
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(pair.getPrivate());
      signature.update(text.getBytes(StandardCharsets.UTF_8));
      return signature.sign();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static MultiMap falHeaders(KeyPair by, long at, String body) {
    try {
      String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8)));
      return MultiMap.caseInsensitiveMultiMap().add("X-Fal-Webhook-Request-Id", "r-1").add("X-Fal-Webhook-User-Id", "u-1")
          .add("X-Fal-Webhook-Timestamp", "" + at)
          .add("X-Fal-Webhook-Signature", HexFormat.of().formatHex(sign(by, "Ed25519", "r-1\nu-1\n" + at + "\n" + hash)));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private Verdict fal(MultiMap headers, String body, Keys keys) {
    return fal.judge(new Signed(PATH, headers, body == null ? null : Buffer.buffer(body)), keys, NOW);
  }

  @Test
  void ed25519IsTriedWithEveryKeyOfTheSet() {
    MultiMap headers = falHeaders(NEW, NOW.getEpochSecond(), "{\"ü\":1}");
    assertEquals(GENUINE, fal(headers, "{\"ü\":1}", keys(jwk(NEW, ""))));
    assertEquals(GENUINE, fal(headers, "{\"ü\":1}", keys(jwk(RSA, "r"), jwk(OLD, "old"), jwk(NEW, "new"))));
    assertEquals(GENUINE, fal(headers.add("X-Fal-Webhook-Key-Id", "old"), "{\"ü\":1}", keys(jwk(OLD, "old"), jwk(NEW, "new"))));
    assertEquals(FORGED, fal(headers, "{\"ü\":1}", keys(jwk(OLD, "old"))));
  }

  @Test
  void ed25519HoldsForEachOfTheFourLines() {
    Keys keys = keys(jwk(NEW, ""));
    long at = NOW.getEpochSecond();
    assertEquals(FORGED, fal(falHeaders(NEW, at, "{}"), "{ }", keys));
    for (String header : new String[] {"Request-Id", "User-Id", "Timestamp"}) {
      String name = "X-Fal-Webhook-" + header;
      assertEquals(FORGED, fal(falHeaders(NEW, at, "{}").set(name, header.equals("Timestamp") ? "" + (at + 1) : "other"), "{}", keys), header);
      assertEquals(FORGED, fal(falHeaders(NEW, at, "{}").remove(name), "{}", keys), header);
    }
    assertEquals(FORGED, fal(falHeaders(NEW, at, "{}").set("X-Fal-Webhook-Signature", "00".repeat(64)), "{}", keys));
    assertEquals(FORGED, fal(falHeaders(NEW, at, "{}").set("X-Fal-Webhook-Signature", "no digits"), "{}", keys));
    assertEquals(FORGED, fal(MultiMap.caseInsensitiveMultiMap(), null, keys));
    assertEquals(UNKNOWN, fal(falHeaders(NEW, at, "{}"), null, keys));
  }

  @Test
  void ed25519IsGoodForFiveMinutes() {
    Keys keys = keys(jwk(NEW, ""));
    assertEquals(GENUINE, fal(falHeaders(NEW, NOW.getEpochSecond() - 300, "{}"), "{}", keys));
    assertEquals(FORGED, fal(falHeaders(NEW, NOW.getEpochSecond() - 301, "{}"), "{}", keys));
    assertEquals(FORGED, fal(falHeaders(NEW, NOW.getEpochSecond() + 301, "{}"), "{}", keys));
  }

  @Test
  void aSetWithoutAUsableKeyIsNone() {
    assertThrows(IllegalArgumentException.class, () -> keys(JsonObject.of("kty", "EC")));
    assertThrows(IllegalArgumentException.class, () -> keys(JsonObject.of("kty", "OKP", "x", "AAAA")));
    assertThrows(IllegalArgumentException.class, () -> Keys.published(new JsonObject()));
  }

  private static String token(KeyPair by, String algorithm, JsonObject claims) {
    String text = BASE64.encodeToString(JsonObject.of("alg", algorithm, "kid", "k").toBuffer().getBytes()) + "."
        + BASE64.encodeToString(claims.toBuffer().getBytes());
    return text + "." + BASE64.encodeToString(sign(by, by.getPublic() instanceof RSAPublicKey ? "SHA256withRSA" : "Ed25519", text));
  }

  private static JsonObject claims() {
    return JsonObject.of("aud", "https://compute.example.com" + PATH, "exp", NOW.getEpochSecond() + 60);
  }

  private Verdict google(String token) {
    MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    return google.judge(new Signed(PATH, token == null ? headers : headers.add("webhook-signature", token), Buffer.buffer("{}")),
        keys(jwk(RSA, "k")), NOW);
  }

  @Test
  void aTokenForTheUrlIsTheProvidersOwn() {
    assertEquals(GENUINE, google(token(RSA, "RS256", claims())));
    assertEquals(GENUINE, google(token(RSA, "RS256", claims().put("aud", JsonArray.of("x", "https://a" + PATH)))));
    assertEquals(UNKNOWN, google(token(RSA, "RS256", claims().put("aud", "projects/1"))));
    assertEquals(UNKNOWN, google(token(RSA, "RS256", JsonObject.of("exp", NOW.getEpochSecond() + 60))));
  }

  @Test
  void aTokenThatIsOldOrNotSignedIsForged() {
    assertEquals(FORGED, google(token(RSA, "RS256", claims().put("exp", NOW.getEpochSecond() - 61))));
    assertEquals(FORGED, google(token(RSA, "RS256", new JsonObject().put("aud", PATH))));
    assertEquals(FORGED, google(token(pair("RSA"), "RS256", claims())));
    assertEquals(FORGED, google(token(NEW, "RS256", claims())));
    assertEquals(FORGED, google(token(RSA, "none", claims())));
    String good = token(RSA, "RS256", claims());
    String[] parts = good.split("\\.");
    String swapped = parts[0] + "." + BASE64.encodeToString(claims().put("exp", NOW.getEpochSecond() + 9_999).toBuffer().getBytes()) + "." + parts[2];
    assertEquals(FORGED, google(swapped));
    assertEquals(FORGED, google(parts[0] + "." + parts[1] + "."));
    assertEquals(FORGED, google("nothing"));
    assertEquals(FORGED, google(null));
  }
}
