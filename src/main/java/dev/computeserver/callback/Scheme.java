package dev.computeserver.callback;

import java.time.Duration;
import java.time.Instant;

/** How one provider signs its callbacks. */
public sealed interface Scheme permits Ed25519Lines, TokenForUrl, StandardWebhooks, Hmac {

  Source source();

  /** Whether the callback is the provider's, by the keys that {@link #source} gave. */
  Verdict judge(Signed callback, Keys keys, Instant now);

  /** Whether a time in seconds since 1970 is no further from now than allowed. */
  static boolean near(String seconds, Instant now, Duration tolerance) {
    return seconds.matches("\\d{1,12}")
        && Duration.between(Instant.ofEpochSecond(Long.parseLong(seconds)), now).abs().compareTo(tolerance) <= 0;
  }
}
