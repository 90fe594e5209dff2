package dev.computeserver.outbound;

/** No connection can be had now to where a URL leads; nothing has been sent. The message says why, in words for whoever gave the URL. */
public final class Unreachable extends RuntimeException {
  private final boolean busy;

  Unreachable(String message, Throwable cause) {
    this(message, cause, false);
  }

  private Unreachable(String message, Throwable cause, boolean busy) {
    super(message, cause, false, false);
    this.busy = busy;
  }

  static Unreachable busy() {
    return new Unreachable("this server has too many connections open to reach the host now", null, true);
  }

  /** Whether it is for this server's own bounds, and not for the host. */
  public boolean isBusy() {
    return busy;
  }
}
