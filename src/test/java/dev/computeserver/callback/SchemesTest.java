package dev.computeserver.callback;

import static dev.computeserver.callback.Verdict.FORGED;
import static dev.computeserver.callback.Verdict.GENUINE;
import static dev.computeserver.callback.Verdict.UNKNOWN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.computeserver.config.Secret;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** The schemes with a secret that both sides know. */
class SchemesTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_793_613_600L);
  private static final String BODY = "{\"id\":\"job-1\"}";
  private static final Source SOURCE = new Source.Configured();

  private final StandardWebhooks standard = new StandardWebhooks(SOURCE);
  private final Hmac timed = new Hmac("ElevenLabs-Signature", SOURCE).prefixed("v0=").timedInside(Duration.ofMinutes(30));
  private final Hmac ofBody = new Hmac("X-BFL-Signature", new Source.Given()).prefixed("sha256=").orBareIn("X-Webhook-Secret");

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static Keys secret(String text) {
    return Keys.shared(Secret.of(text));
  }

  private static Signed callback(String body, String... headers) {
    MultiMap all = MultiMap.caseInsensitiveMultiMap();
    for (int i = 0; i < headers.length; i += 2) {
      all.add(headers[i], headers[i + 1]);
    }
    return new Signed("/v1/provider-callbacks/p/t/1-token", all, body == null ? null : Buffer.buffer(body));
  }

  /** The example that the specification's own libraries are tested with. */
  @Test
  void standardWebhooksOwnExampleFits() {
    Signed published = callback("{\"test\": 2432232314}", "webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp", "1614265330",
        "webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    Keys key = secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    Instant then = Instant.ofEpochSecond(1_614_265_330L);
    assertEquals(GENUINE, standard.judge(published, key, then));
    assertEquals(GENUINE, standard.judge(published, key, then.plusSeconds(300)));
    assertEquals(FORGED, standard.judge(published, key, then.plusSeconds(301)));
    assertEquals(FORGED, standard.judge(published, key, then.minusSeconds(301)));
  }

  private static Signed standard(String body, String signatures) {
    return callback(body, "Webhook-Id", "m1", "Webhook-Timestamp", "" + NOW.getEpochSecond(), "Webhook-Signature", signatures);
  }

  @Test
  void standardWebhooksTakesAnyOfSeveralSignaturesAndBothKindsOfSecret() {
    byte[] key = "0123456789abcdef".getBytes(StandardCharsets.UTF_8);
    String right = "v1," + Base64.getEncoder().encodeToString(hmac(key, "m1." + NOW.getEpochSecond() + "." + BODY));
    byte[] wrong = "other".getBytes(StandardCharsets.UTF_8);
    String other = "v1," + Base64.getEncoder().encodeToString(hmac(wrong, "m1." + NOW.getEpochSecond() + "." + BODY));
    Keys coded = secret("whsec_" + Base64.getEncoder().encodeToString(key));
    assertEquals(GENUINE, standard.judge(standard(BODY, other + " v1a,abc " + right), coded, NOW));
    assertEquals(GENUINE, standard.judge(standard(BODY, right), secret("0123456789abcdef"), NOW));
    assertEquals(FORGED, standard.judge(standard(BODY, other), coded, NOW));
    assertEquals(FORGED, standard.judge(standard(BODY, right.substring(3)), coded, NOW));
    assertEquals(FORGED, standard.judge(standard(BODY + " ", right), coded, NOW));
    assertEquals(FORGED, standard.judge(standard(BODY, right), secret("whsec_" + Base64.getEncoder().encodeToString(wrong)), NOW));
    assertEquals(FORGED, standard.judge(callback(BODY), coded, NOW));
    assertEquals(UNKNOWN, standard.judge(standard(null, right), coded, NOW));
  }

  @Test
  void aSecretThatIsNoneIsSaidToBeNone() {
    assertThrows(IllegalArgumentException.class, () -> standard.judge(standard(BODY, "v1,AAAA"), secret("whsec_not base64"), NOW));
  }

  private Verdict timed(String body, long at, String header) {
    return timed.judge(callback(body, "elevenlabs-signature", header.replace("TIME", "" + at)), secret("wsec_abc"), NOW);
  }

  @Test
  void theTimedSchemeSignsTimeAndBody() {
    long at = NOW.minusSeconds(1_790).getEpochSecond();
    String right = HexFormat.of().formatHex(hmac("wsec_abc".getBytes(StandardCharsets.UTF_8), at + "." + BODY));
    assertEquals(GENUINE, timed(BODY, at, "t=TIME,v0=" + right));
    assertEquals(GENUINE, timed(BODY, at, "t=TIME, v0=00ff, v0=" + right));
    assertEquals(FORGED, timed(BODY + "x", at, "t=TIME,v0=" + right));
    assertEquals(FORGED, timed(BODY, at + 1, "t=TIME,v0=" + right));
    assertEquals(FORGED, timed(BODY, at, "t=TIME,v1=" + right));
    assertEquals(FORGED, timed(BODY, at, "t=TIME"));
    assertEquals(FORGED, timed(BODY, at, "v0=" + right));
    assertEquals(FORGED, timed.judge(callback(BODY), secret("wsec_abc"), NOW));
    assertEquals(FORGED, timed.judge(callback(BODY, "ElevenLabs-Signature", "t=" + at + ",v0=" + right), secret("wsec_other"), NOW));
    assertEquals(UNKNOWN, timed(null, at, "t=TIME,v0=" + right));
  }

  @Test
  void theTimedSchemeRefusesWhatIsOld() {
    long at = NOW.minusSeconds(1_801).getEpochSecond();
    String right = HexFormat.of().formatHex(hmac("wsec_abc".getBytes(StandardCharsets.UTF_8), at + "." + BODY));
    assertEquals(FORGED, timed(BODY, at, "t=TIME,v0=" + right));
  }

  @Test
  void theSignatureOfTheBodyAloneIsNeededWhereNothingElseComes() {
    Hmac alone = new Hmac("X-Signature", SOURCE);
    Keys key = secret("shown-to-the-owner");
    String right = HexFormat.of().formatHex(hmac("shown-to-the-owner".getBytes(StandardCharsets.UTF_8), BODY));
    assertEquals(GENUINE, alone.judge(callback(BODY, "x-signature", right), key, NOW));
    assertEquals(FORGED, alone.judge(callback(BODY + "x", "X-Signature", right), key, NOW));
    assertEquals(FORGED, alone.judge(callback(BODY, "X-Signature", right), secret("another"), NOW));
    assertEquals(FORGED, alone.judge(callback(BODY, "X-Signature", "shown-to-the-owner"), key, NOW), "the bare secret is no signature");
    assertEquals(FORGED, alone.judge(callback(BODY), key, NOW));
    assertEquals(UNKNOWN, alone.judge(callback(null, "X-Signature", right), key, NOW));
  }

  @Test
  void aTimeInAHeaderOfItsOwnIsSignedToo() {
    Hmac apart = new Hmac("X-Signature", SOURCE).prefixed("v1=").base64().timedBy("X-Time", Duration.ofMinutes(5));
    Keys key = secret("shown-to-the-owner");
    long at = NOW.minusSeconds(300).getEpochSecond();
    String right = "v1=" + Base64.getEncoder().encodeToString(hmac("shown-to-the-owner".getBytes(StandardCharsets.UTF_8), at + "." + BODY));
    assertEquals(GENUINE, apart.judge(callback(BODY, "x-time", "" + at, "x-signature", right), key, NOW));
    assertEquals(GENUINE, apart.judge(callback(BODY, "X-Time", "" + at, "X-Signature", "v1=AAAA, " + right), key, NOW));
    assertEquals(FORGED, apart.judge(callback(BODY, "X-Time", "" + at, "X-Signature", right.substring(3)), key, NOW));
    assertEquals(FORGED, apart.judge(callback(BODY, "X-Time", "" + at, "X-Signature", right), key, NOW.plusSeconds(1)));
    assertEquals(FORGED, apart.judge(callback(BODY, "X-Time", "" + (at + 1), "X-Signature", right), key, NOW));
    assertEquals(FORGED, apart.judge(callback(BODY, "X-Signature", right), key, NOW));
    assertEquals(FORGED, apart.judge(callback(BODY, "X-Time", "" + at), key, NOW));
    assertEquals(UNKNOWN, apart.judge(callback(null, "X-Time", "" + at, "X-Signature", right), key, NOW));
  }

  @Test
  void theSchemeOfTheBodyTakesSignatureOrSecretAndKnowsNothingWithoutThem() {
    Keys key = secret("given-to-them");
    String right = "sha256=" + HexFormat.of().formatHex(hmac("given-to-them".getBytes(StandardCharsets.UTF_8), BODY));
    assertEquals(GENUINE, ofBody.judge(callback(BODY, "x-bfl-signature", right), key, NOW));
    assertEquals(GENUINE, ofBody.judge(callback(BODY, "X-Webhook-Secret", "given-to-them"), key, NOW));
    assertEquals(GENUINE, ofBody.judge(callback(BODY, "X-BFL-Signature", "given-to-them"), key, NOW));
    assertEquals(FORGED, ofBody.judge(callback(BODY + "x", "X-BFL-Signature", right), key, NOW));
    assertEquals(FORGED, ofBody.judge(callback(BODY, "X-BFL-Signature", right), secret("given-for-another-attempt"), NOW));
    assertEquals(FORGED, ofBody.judge(callback(BODY, "X-Webhook-Secret", "guess"), key, NOW));
    assertEquals(UNKNOWN, ofBody.judge(callback(BODY), key, NOW));
    assertEquals(UNKNOWN, ofBody.judge(callback(null, "X-BFL-Signature", right), key, NOW));
    assertFalse(key.toString().contains("given-to-them"));
  }
}
