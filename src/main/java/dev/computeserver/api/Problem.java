package dev.computeserver.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Collectors;

/** An answer other than the wished one, as {@code application/problem+json} (RFC 9457). */
final class Problem extends RuntimeException {
  /** In the sentence, which is all that a reader of a log or of the event bus sees. */
  private static final int MOST_TOLD = 3;

  private final int status;
  private final String title;
  private final List<Fault> faults;
  private final Integer retryAfter;

  private Problem(int status, String title, String detail, List<Fault> faults, Integer retryAfter) {
    super(detail, null, false, false);
    this.status = status;
    this.title = title;
    this.faults = faults;
    this.retryAfter = retryAfter;
  }

  static Problem of(int status, String title, String detail) {
    return new Problem(status, title, detail, List.of(), null);
  }

  static Problem unreadable(String detail) {
    return of(400, "Unreadable body", detail);
  }

  static Problem invalid(List<Fault> faults) {
    String first = faults.stream().limit(MOST_TOLD).map(Fault::sentence).collect(Collectors.joining("; "));
    String detail = faults.size() <= MOST_TOLD ? first : first + "; and " + (faults.size() - MOST_TOLD) + " more, see errors";
    return new Problem(422, "Invalid values", detail, List.copyOf(faults), null);
  }

  static Problem notFound(String what) {
    return of(404, "Not found", what);
  }

  static Problem unavailable(String detail) {
    return new Problem(503, "Not available", detail, List.of(), 2);
  }

  int status() {
    return status;
  }

  Integer retryAfter() {
    return retryAfter;
  }

  JsonObject toJson() {
    JsonObject json = new JsonObject().put("type", "about:blank").put("title", title).put("status", status).put("detail", getMessage());
    if (!faults.isEmpty()) {
      json.put("errors", new JsonArray(faults.stream().map(Fault::toJson).toList()));
    }
    return json;
  }

  /**
   * One value that is wrong.
   *
   * @param in {@code pointer} for a place in the body (RFC 6901), {@code parameter} for one of the query or a header
   */
  record Fault(String in, String place, String detail) {
    static Fault at(String pointer, String detail) {
      return new Fault("pointer", pointer, detail);
    }

    static Fault parameter(String name, String detail) {
      return new Fault("parameter", name, detail);
    }

    private String sentence() {
      return (place.isEmpty() ? "the body" : place + ":") + " " + detail;
    }

    JsonObject toJson() {
      return new JsonObject().put(in, place).put("detail", detail);
    }
  }
}
