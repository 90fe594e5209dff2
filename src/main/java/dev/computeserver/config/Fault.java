package dev.computeserver.config;

/**
 * One wrong setting.
 *
 * @param path the setting, such as {@code http.port}; the file name where the file as a whole is at fault
 * @param source the file or the environment variable that it came from; empty where nobody set it
 * @param problem what is wrong, with the allowed values; never a secret
 * @param next what to do about it
 */
public record Fault(String path, String source, String problem, String next) {
  @Override
  public String toString() {
    return path + (source.isEmpty() ? "" : " (from " + source + ")") + ": " + problem + ". Next: " + next + ".";
  }
}
