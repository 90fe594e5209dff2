package dev.computeserver.outbound;

import io.vertx.core.http.HttpClientResponse;
import java.net.URI;
import java.util.Optional;
import java.util.Set;

/** Where a response leads on to. Whoever follows asks {@link GuardedClient} again, so that each place is checked. */
public final class Redirect {
  /** How often a link may lead on. */
  public static final int MOST = 3;

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
    try {
      return Optional.of(URI.create(response.request().absoluteURI()).resolve(place).toString());
    } catch (IllegalArgumentException malformed) {
      throw new UrlGuard.RefusedUrl("the link leads on to a malformed URL");
    }
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
