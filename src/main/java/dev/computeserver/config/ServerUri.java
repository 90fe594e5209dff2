package dev.computeserver.config;

import dev.computeserver.outbound.UrlGuard;
import dev.computeserver.outbound.WebUrl;
import io.vertx.pgclient.PgConnectOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.regex.Pattern;

/** Tells which part of an address in the settings cannot be used, found at the start and without a word of its value, which may hold a password. */
final class ServerUri {
  private static final String FORM = "://user:password@host:port/";
  private static final String ENCODED = "; in a user name or password each special character is percent-encoded, such as %40 for @";
  private static final Pattern HALF_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");

  private ServerUri() {
  }

  /** What is wrong with the database's address; empty where it can be used. */
  static Optional<String> postgres(String uri) {
    return parts(uri).or(() -> {
      if (isPostgres(uri)) {
        return Optional.empty();
      }
      int query = uri.indexOf('?');
      return Optional.of(query >= 0 && isPostgres(uri.substring(0, query)) ? "a parameter behind its ? is unknown or has no value that it may have"
          : "its user name, password, host or database cannot be read");
    }).map(problem -> "cannot be used: " + problem + ", must be postgresql" + FORM + "database" + ENCODED);
  }

  /** The same of Redis. */
  static Optional<String> redis(String uri) {
    return parts(uri).or(() -> redisParts(uri)).map(problem -> "cannot be used: " + problem + ", must be redis" + FORM + "number" + ENCODED);
  }

  /** The same of an address by HTTP. */
  static Optional<String> web(String url) {
    try {
      WebUrl.of(url);
      return HALF_ESCAPE.matcher(url).find() ? Optional.of("cannot be used: a % in it begins no percent-encoded character") : Optional.empty();
    } catch (UrlGuard.RefusedUrl refused) {
      return Optional.of("cannot be used: " + refused.getMessage());
    }
  }

  private static Optional<String> parts(String uri) {
    String rest = uri.substring(uri.indexOf("://") + 3);
    String authority = rest.split("[/?#]", 2)[0];
    int at = authority.lastIndexOf('@');
    String user = authority.substring(0, Math.max(0, at));
    if (uri.indexOf('#') >= 0) {
      return Optional.of("it holds a # that is not percent-encoded");
    }
    if (rest.split("\\?", 2)[0].lastIndexOf('@') > at || at < 0 && rest.indexOf('@') >= 0) {
      return Optional.of("its user name or password holds a / or ? that is not percent-encoded");
    }
    if (user.indexOf('@') >= 0) {
      return Optional.of("its user name or password holds an @ that is not percent-encoded");
    }
    if (HALF_ESCAPE.matcher(user).find()) {
      return Optional.of("its user name or password holds a % that begins no percent-encoded character");
    }
    return isPort(authority.substring(at + 1)) ? Optional.empty() : Optional.of("its port is not one from 1 to 65535");
  }

  private static boolean isPort(String hostAndPort) {
    int colon = hostAndPort.indexOf(':', hostAndPort.lastIndexOf(']') + 1);
    String port = colon < 0 ? "1" : hostAndPort.substring(colon + 1);
    return port.matches("[0-9]{1,5}") && Integer.parseInt(port) >= 1 && Integer.parseInt(port) <= 65_535;
  }

  /** What the client's own reader says is not passed on, since it repeats the whole. */
  private static boolean isPostgres(String uri) {
    try {
      PgConnectOptions.fromUri(uri);
      return true;
    } catch (IllegalArgumentException unreadable) {
      return false;
    }
  }

  private static Optional<String> redisParts(String uri) {
    try {
      URI read = new URI(uri);
      if (read.getHost() == null) {
        return Optional.of("its user name, password or host cannot be read");
      }
      return read.getPath().matches("(/[0-9]{0,4})?") ? Optional.empty() : Optional.of("what stands behind the host is not the number of a database");
    } catch (URISyntaxException unreadable) {
      return Optional.of("it holds a character that must be percent-encoded");
    }
  }
}
