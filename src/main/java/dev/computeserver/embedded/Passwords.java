package dev.computeserver.embedded;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Passwords of the built-in servers. */
final class Passwords {
  private static final SecureRandom SOURCE = new SecureRandom();

  private Passwords() {}

  /** 32 random hexadecimal digits. */
  static String random() {
    byte[] bytes = new byte[16];
    SOURCE.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
