package dev.computeserver.provider;

/** A file that a provider has made cannot be had, at least not now. */
final class Unavailable extends RuntimeException {
  private final Kind kind;
  private final String retryAfter;

  Unavailable(String message, Kind kind) {
    this(message, kind, null);
  }

  /** @param retryAfter for how long whoever has the file asks to be left alone, as its headers say; or null */
  Unavailable(String message, Kind kind, String retryAfter) {
    super(message, null, false, false);
    this.kind = kind;
    this.retryAfter = retryAfter;
  }

  String retryAfter() {
    return retryAfter;
  }

  Kind kind() {
    return kind;
  }

  /** What to do about it. */
  enum Kind {
    /** Whoever has the file does not answer as it should. */
    PASSING,
    /** It is not there yet, or what answers is something else; the file may come later, or by another link. */
    NO_FILE,
    /** This link, or this result, does not give it, and hardly will. */
    STALE,
    /** It is not to be had. */
    FINAL
  }
}
