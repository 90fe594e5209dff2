package dev.computeserver.callback;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;

/**
 * The hexadecimal HMAC-SHA256 of the body alone in a header. Where the provider's own texts contradict each other, {@code plain} also takes
 * the bare secret, there or in another header, since either way only who has it can send it; a callback with neither header tells nothing then.
 *
 * @param header with the signature, such as {@code X-BFL-Signature}
 * @param prefix what stands before the digits, such as {@code sha256=}
 * @param plain the header with the bare secret; null where the provider sends the signature and nothing else
 */
public record BodyHmac(String header, String prefix, String plain, Source source) implements Scheme {

  /** The signature alone: a callback without it is nobody's. */
  public BodyHmac(String header, String prefix, Source source) {
    this(header, prefix, null, source);
  }

  @Override
  public Verdict judge(Signed callback, Keys keys, Instant now) {
    String signature = callback.header(header);
    String bare = plain == null ? null : callback.header(plain);
    String secret = keys.secret().reveal();
    if (signature == null && bare == null) {
      return plain == null ? Verdict.FORGED : Verdict.UNKNOWN;
    }
    if (plain != null && (bare != null && HmacSha256.equal(secret, bare) || signature != null && HmacSha256.equal(secret, signature))) {
      return Verdict.GENUINE;
    }
    if (callback.body() == null) {
      return Verdict.UNKNOWN;
    }
    String right = prefix + HexFormat.of().formatHex(HmacSha256.of(secret.getBytes(StandardCharsets.UTF_8), "", callback.body()));
    return signature != null && HmacSha256.equal(right, signature) ? Verdict.GENUINE : Verdict.FORGED;
  }
}
