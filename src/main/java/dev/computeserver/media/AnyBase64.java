package dev.computeserver.media;

import java.util.Base64;

/** Base64 as anybody writes it: with {@code +} and {@code /}, or with {@code -} and {@code _} as in URLs; padded or not. */
public final class AnyBase64 {
  private AnyBase64() {
  }

  /** Throws {@link IllegalArgumentException} where it is neither, or holds white space. */
  public static byte[] decode(String letters) {
    return Base64.getDecoder().decode(isOfUrls(letters) ? letters.replace('-', '+').replace('_', '/') : letters);
  }

  private static boolean isOfUrls(String letters) {
    return letters.indexOf('-') >= 0 || letters.indexOf('_') >= 0;
  }
}
