package dev.computeserver.embedded;

/** A built-in server cannot run; the message says why and what to do next. */
public final class StartFailed extends RuntimeException {
  private final String code;

  StartFailed(String code, String problem, String next, Throwable cause) {
    super(code + ": " + problem + ". Next: " + next + ".", cause);
    this.code = code;
  }

  StartFailed(String code, String problem, String next) {
    this(code, problem, next, null);
  }

  /**
   * One of {@code data_folder_in_use}, {@code data_folder_unusable}, {@code unsupported_machine},
   * {@code postgres_failed}, {@code redis_failed}.
   */
  public String code() {
    return code;
  }
}
