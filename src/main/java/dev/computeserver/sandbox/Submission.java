package dev.computeserver.sandbox;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A submitted JSON body: its bytes, their SHA-256 in hex and the wish in it. */
record Submission(byte[] bytes, String hash, Wish wish) {

  /** Bodies above this are read on a worker. */
  static final int SMALL = 256 * 1024;

  /** Reads a body. Throws DecodeException for what is no JSON object, BadWish for a bad {@code sandbox} field. */
  static Submission read(Buffer body) {
    JsonObject fields = new JsonObject(body);
    byte[] bytes = body.getBytes();
    return new Submission(bytes, sha256(bytes), Wish.read(fields.getValue("sandbox")));
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Java has no SHA-256", e);
    }
  }
}
