package dev.computeserver.fault;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/** The key with which the provider signs its callbacks, as fal does: Ed25519 over four lines. */
final class SigningKey {
  private final KeyPair pair;

  SigningKey() {
    try {
      pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** The public half as a set of keys. */
  Buffer published() {
    byte[] encoded = pair.getPublic().getEncoded();
    String x = Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
    return new JsonObject().put("keys", new JsonArray().add(new JsonObject().put("kty", "OKP").put("crv", "Ed25519").put("x", x))).toBuffer();
  }

  String signature(String request, String user, String time, Buffer body) {
    try {
      String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body.getBytes()));
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(pair.getPrivate());
      signature.update(String.join("\n", request, user, time, hash).getBytes());
      return HexFormat.of().formatHex(signature.sign());
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
