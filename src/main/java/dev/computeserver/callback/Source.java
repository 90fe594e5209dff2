package dev.computeserver.callback;

/** Where that comes from by which signatures are checked. */
public sealed interface Source {

  /** A set of public keys (RFC 7517) that the provider publishes at {@code target}, as an exchange names it. */
  record Published(String target) implements Source {
  }

  /** A secret that the provider tells whoever has the API key: {@code field} of the reply at {@code target}. A configured one goes first. */
  record AskedFor(String target, String field) implements Source {
  }

  /** The secret that the account's owner was shown and has put into the provider's {@code webhook_secret}. */
  record Configured() implements Source {
  }

  /** The secret that went with the submit, another one for each attempt. */
  record Given() implements Source {
  }
}
