package dev.computeserver.conformance;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * How a provider signs its callbacks, as its own documentation tells it: written apart from the product's schemes, which must take what
 * comes out. Where the key comes from is said, too: the provider tells it ({@code ${keys}} or {@code ${secret}} in the reply of an
 * {@code OTHER} stage), unless {@link #setByTheOwner} or {@link #givenAt}.
 */
final class CallbackSignature {
  /** The provider's secret where it has one. */
  static final String SECRET = secret("what the provider signs with");
  private static final String OTHERS = secret("what somebody else signs with");
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  final boolean ofBody;
  final boolean ofTime;
  private final String algorithm;
  private final Maker maker;
  private final KeyPair own;
  private final KeyPair others;
  private boolean coded;
  private boolean set;
  private String place;

  private CallbackSignature(String algorithm, boolean ofBody, boolean ofTime, Maker maker) {
    this.algorithm = algorithm;
    this.ofBody = ofBody;
    this.ofTime = ofTime;
    this.maker = maker;
    own = pair(algorithm);
    others = pair(algorithm);
  }

  /** The provider signs nothing. */
  static CallbackSignature none() {
    return new CallbackSignature("", false, false, (letter, by) -> Map.of());
  }

  /** Of time and body in three {@code webhook-} headers. */
  static CallbackSignature standardWebhooks() {
    CallbackSignature signature = hmac("msg_1.${time}.${body}", "webhook-id: msg_1", "webhook-timestamp: ${time}", "webhook-signature: v1,${base64}");
    signature.coded = true;
    return signature;
  }

  /**
   * HMAC-SHA256, as the provider's documentation writes it.
   *
   * @param signed such as {@code ${time}.${body}}, with the time in seconds since 1970
   * @param headers such as {@code X-Signature: t=${time},v1=${hex}}, with the signature as {@code ${hex}} or {@code ${base64}}
   */
  static CallbackSignature hmac(String signed, String... headers) {
    return new CallbackSignature("HmacSHA256", signed.contains("${body}"), signed.contains("${time}"), (letter, by) -> {
      byte[] mac = by.sign(signed.replace("${time}", letter.seconds()).replace("${body}", letter.body));
      Map<String, String> made = new HashMap<>();
      for (String header : headers) {
        String[] parts = header.split(": ", 2);
        made.put(parts[0], parts[1].replace("${time}", letter.seconds()).replace("${hex}", hex(mac))
            .replace("${base64}", Base64.getEncoder().encodeToString(mac)));
      }
      return made;
    });
  }

  /** Of four lines, the job's id in the header {@code prefix + job} first. */
  static CallbackSignature ed25519(String prefix, String job) {
    return new CallbackSignature("Ed25519", true, true, (letter, by) -> Map.of(prefix + job, letter.job, prefix + "User-Id", "user-1",
        prefix + "Timestamp", letter.seconds(),
        prefix + "Signature", hex(by.sign(letter.job + "\nuser-1\n" + letter.seconds() + "\n" + hex(sha256(letter.body))))));
  }

  /** A JSON Web Token for the URL; the body is not signed. */
  static CallbackSignature tokenForUrl(String header) {
    return new CallbackSignature("SHA256withRSA", false, true, (letter, by) -> {
      String text = part(JsonObject.of("alg", "RS256", "kid", "1")) + "."
          + part(JsonObject.of("aud", letter.url, "exp", letter.at.getEpochSecond() + 300));
      return Map.of(header, text + "." + BASE64.encodeToString(by.sign(text)));
    });
  }

  /** The provider shows its secret to the account's owner, who sets {@code webhook_secret}. */
  CallbackSignature setByTheOwner() {
    set = true;
    return this;
  }

  /** The secret is ours and goes with the submit: the place where. */
  CallbackSignature givenAt(String whereInSubmit) {
    place = whereInSubmit;
    return this;
  }

  boolean isSetByTheOwner() {
    return set;
  }

  boolean isKeyed() {
    return !algorithm.isEmpty();
  }

  Map<String, String> headers(Letter letter) {
    return maker.headers(letter, text -> sign(text, key(letter)));
  }

  Map<String, String> headersOfSomebodyElse(Letter letter) {
    return maker.headers(letter, text -> sign(text, own == null ? hmacKey(OTHERS) : others.getPrivate()));
  }

  private Key key(Letter letter) {
    return own != null ? own.getPrivate()
        : hmacKey(place == null ? SECRET : letter.submit.at(place));
  }

  private Key hmacKey(String secret) {
    byte[] bytes = coded ? Base64.getDecoder().decode(secret.substring("whsec_".length())) : secret.getBytes(StandardCharsets.UTF_8);
    return new SecretKeySpec(bytes, algorithm);
  }

  private byte[] sign(String text, Key key) {
    try {
      if (key instanceof PrivateKey own) {
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(own);
        signature.update(text.getBytes(StandardCharsets.UTF_8));
        return signature.sign();
      }
      Mac mac = Mac.getInstance(algorithm);
      mac.init(key);
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** The set of public keys (RFC 7517) that the provider publishes; empty where it has a secret. */
  JsonObject keySet() {
    if (own == null) {
      return new JsonObject();
    }
    if (own.getPublic() instanceof RSAPublicKey rsa) {
      return keySet(JsonObject.of("kty", "RSA", "kid", "1", "n", BASE64.encodeToString(rsa.getModulus().toByteArray()),
          "e", BASE64.encodeToString(rsa.getPublicExponent().toByteArray())));
    }
    byte[] encoded = own.getPublic().getEncoded();
    return keySet(JsonObject.of("kty", "OKP", "crv", "Ed25519",
        "x", BASE64.encodeToString(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length))));
  }

  private static JsonObject keySet(JsonObject key) {
    return JsonObject.of("keys", JsonArray.of(key));
  }

  private static KeyPair pair(String algorithm) {
    try {
      return switch (algorithm) {
        case "Ed25519" -> KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        case "SHA256withRSA" -> KeyPairGenerator.getInstance("RSA").generateKeyPair();
        default -> null;
      };
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static String secret(String text) {
    return "whsec_" + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static String part(JsonObject json) {
    return BASE64.encodeToString(json.toBuffer().getBytes());
  }

  /**
   * What is signed.
   *
   * @param url that is called
   * @param job its id
   * @param submit of the job
   */
  record Letter(String url, String job, Sent submit, String body, Instant at) {

    private String seconds() {
      return String.valueOf(at.getEpochSecond());
    }
  }

  private interface Signer {
    byte[] sign(String text);
  }

  private interface Maker {
    Map<String, String> headers(Letter letter, Signer by);
  }
}
