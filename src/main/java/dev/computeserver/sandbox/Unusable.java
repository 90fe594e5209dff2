package dev.computeserver.sandbox;

/** An input that nothing can be made from; each provider's side says it in the provider's own words. */
final class Unusable extends RuntimeException {

  enum Why { DOWNLOAD, TOO_LARGE, PICTURE_TOO_LARGE, NO_PICTURE, NO_SOUND, NO_VIDEO }

  private final Why why;
  private final int source;

  /** {@code source} is the index in the order's sources. */
  Unusable(Why why, int source, String message) {
    super(message, null, false, false);
    this.why = why;
    this.source = source;
  }

  Why why() {
    return why;
  }

  int source() {
    return source;
  }
}
