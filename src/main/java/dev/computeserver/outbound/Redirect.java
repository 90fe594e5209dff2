package dev.computeserver.outbound;

import io.vertx.core.http.HttpClientResponse;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/** Where a response leads on to. Whoever follows asks {@link GuardedClient} again, so that each place is checked. */
public final class Redirect {
  /** How often a link may lead on; browsers follow twenty. */
  public static final int MOST = 10;

  private static final Set<Integer> STATUSES = Set.of(301, 302, 303, 307, 308);
  private static final int MOST_BODY = 64 * 1024;

  private Redirect() {
  }

  /** The whole URL, or empty where the response is no redirect; throws {@link UrlGuard.RefusedUrl} where it leads nowhere. */
  public static Optional<String> of(HttpClientResponse response) {
    String place = response.getHeader("Location");
    if (place == null || !STATUSES.contains(response.statusCode())) {
      return Optional.empty();
    }
    drain(response);
    return Optional.of(WebUrl.of(response.request().absoluteURI()).resolve(utf8(place)).toString());
  }

  /** Bytes beyond ASCII come as if each were a letter; those who send such mean UTF-8. */
  private static String utf8(String header) {
    return header.chars().allMatch(c -> c < 0x100) ? new String(header.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8) : header;
  }

  /** A redirect's own text is nobody's business; it is read only as far as is needed to keep the connection. */
  private static void drain(HttpClientResponse response) {
    long[] length = {0};
    response.exceptionHandler(ignored -> { });
    response.handler(chunk -> {
      length[0] += chunk.length();
      if (length[0] > MOST_BODY) {
        response.request().reset();
      }
    });
  }
}
