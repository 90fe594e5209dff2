package dev.computeserver.outbound;

import io.vertx.core.http.HttpClientResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What all do with a response that is not read to its end. */
public final class Responses {
  /** What a proxy says that has done something to the file. */
  private static final int CHANGED_ON_THE_WAY = 203;
  private static final int PART = 206;
  private static final Pattern RANGE = Pattern.compile("(?i)bytes\\s+0-(\\d{1,18})/(\\d{1,18})\\s*");

  private Responses() {
  }

  /** Whether the body is all of what was asked for: some servers call the whole a part. */
  public static boolean isWhole(HttpClientResponse response) {
    if (response.statusCode() != PART) {
      return response.statusCode() == 200 || response.statusCode() == CHANGED_ON_THE_WAY;
    }
    String range = response.getHeader("Content-Range");
    Matcher part = RANGE.matcher(range == null ? "" : range);
    return part.matches() && Long.parseLong(part.group(1)) + 1 == Long.parseLong(part.group(2));
  }

  /**
   * Gives a response up, at whatever point: its connection is closed, or used again where all of it has come. What has come and was not
   * taken is taken off the connection, which would otherwise not be read for its next user.
   */
  public static void drop(HttpClientResponse response) {
    response.request().reset();
    response.resume();
  }
}
