package dev.computeserver.callback;

import dev.computeserver.config.Secret;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/** What signatures are checked with: public keys, or a secret that both sides know. */
public record Keys(List<Published> published, Secret secret) {
  private static final byte[] ED25519_HEAD = HexFormat.of().parseHex("302a300506032b6570032100");
  private static final int MOST = 100;

  public Keys {
    published = List.copyOf(published);
  }

  public static Keys shared(Secret secret) {
    return new Keys(List.of(), secret);
  }

  /** Reads a JWK set; keys of a kind that no scheme here needs are left out. Throws where none is left. */
  public static Keys published(JsonObject set) {
    List<Published> keys = new ArrayList<>();
    for (Object each : set.getJsonArray("keys", new JsonArray())) {
      JsonObject key = (JsonObject) each;
      if (keys.size() < MOST && ("OKP".equals(key.getString("kty")) || "RSA".equals(key.getString("kty")))) {
        keys.add(new Published(key.getString("kid", ""), read(key)));
      }
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("the key set holds no key");
    }
    return new Keys(keys, Secret.NONE);
  }

  private static PublicKey read(JsonObject key) {
    try {
      if (key.getString("kty").equals("RSA")) {
        return KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(number(key.getString("n")), number(key.getString("e"))));
      }
      byte[] bare = Base64.getUrlDecoder().decode(key.getString("x"));
      byte[] whole = new byte[ED25519_HEAD.length + bare.length];
      System.arraycopy(ED25519_HEAD, 0, whole, 0, ED25519_HEAD.length);
      System.arraycopy(bare, 0, whole, ED25519_HEAD.length, bare.length);
      return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(whole));
    } catch (GeneralSecurityException broken) {
      throw new IllegalArgumentException("the key set holds a broken key", broken);
    }
  }

  private static BigInteger number(String base64) {
    return new BigInteger(1, Base64.getUrlDecoder().decode(base64));
  }

  /** Whether one of the public keys has made the signature; the one that {@code hint} names is tried first. */
  boolean signed(String algorithm, String hint, byte[] message, byte[] signature) {
    return published.stream().filter(key -> key.id.equals(hint)).anyMatch(key -> key.made(algorithm, message, signature))
        || published.stream().filter(key -> !key.id.equals(hint)).anyMatch(key -> key.made(algorithm, message, signature));
  }

  /** @param id what the provider calls it; may be empty */
  record Published(String id, PublicKey key) {
    private boolean made(String algorithm, byte[] message, byte[] signature) {
      try {
        Signature check = Signature.getInstance(algorithm);
        check.initVerify(key);
        check.update(message);
        return check.verify(signature);
      } catch (GeneralSecurityException otherKind) {
        return false;
      }
    }
  }
}
