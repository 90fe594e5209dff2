package dev.computeserver.provider;

import dev.computeserver.outbound.RetryAfter;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import java.util.Set;
import java.util.regex.Pattern;

/** What HTTP statuses mean where a provider tells no more. */
public final class Refusal {
  /** Cloudflare's, which stands before many providers: refused, unreachable, and two kinds of failure to agree on TLS. */
  private static final Set<Integer> UNCONNECTED = Set.of(521, 523, 525, 526);

  /** What a provider says of itself when it has no capacity to take a request in. */
  /** Whoever has waited for a place may have been given one. */
  private static final Pattern WAITED = Pattern.compile("(?i)unable to get (a )?response|timed? ?out|in less than|within \\d");
  private static final Pattern NO_ROOM = Pattern.compile("(?i)\\boverloaded\\b|\\b(at|no|out of|over|insufficient) capacity\\b|capacity limit|\\btoo busy\\b|\\bqueue (is )?full\\b");
  /** What the usual gateways say when there is no server to pass a request on to: Envoy, HAProxy. */
  private static final Pattern NOBODY = Pattern.compile("(?i)no healthy upstream|no server is available to handle this request|reset reason: (remote )?connection failure");

  private Refusal() {
  }

  /** The usual meaning of a status outside 200 to 299, and of words about the account; {@code detail} is the provider's own text. */
  public static Step.Failed byStatus(Reply reply, String detail) {
    int status = reply.status();
    if (AccountWords.refuse(reply)) {
      return failed(Code.PROVIDER_QUOTA, false, reply, detail);
    }
    return switch (status) {
      case 400, 404, 409, 410, 413, 415, 422 -> failed(Code.INVALID_INPUT, false, reply, detail);
      case 401, 403 -> failed(Code.PROVIDER_AUTH, false, reply, detail);
      case 402 -> failed(Code.PROVIDER_QUOTA, false, reply, detail);
      // A method or a path that it has not: the base URL or we are wrong, or the provider is, and not the client.
      case 405, 501 -> failed(Code.PROVIDER_FAILED, false, reply, detail);
      case 408, 504 -> failed(Code.PROVIDER_TIMEOUT, true, reply, detail);
      case 425 -> failed(Code.PROVIDER_UNAVAILABLE, true, reply, detail);
      case 429 -> failed(Code.PROVIDER_RATE_LIMITED, true, reply, detail);
      default -> failed(status >= 500 ? Code.PROVIDER_UNAVAILABLE : Code.PROVIDER_FAILED, status >= 500, reply, detail);
    };
  }

  /** A failure that the provider takes no money for. */
  public static Step.Failed failed(Code code, boolean retryable, Reply reply, String detail) {
    return new Step.Failed(code, "the provider answered " + reply.came() + ": " + detail, retryable, reply.came(), Charged.NO);
  }

  /** A good and whole reply in which there is nothing of what was to be made, {@code what}; it tells the reply's own words. */
  public static Step.Failed empty(Reply reply, String what, Charged charged) {
    String words = reply.text(300);
    return Step.Failed.empty("the provider answered without " + what + (words.isEmpty() ? "" : ": " + words), reply.status(), charged);
  }

  /** A text that is empty since its length was used up: the client's fault only where the client has chosen the length. */
  static Step.Failed noText(Reply reply, boolean chosen) {
    return chosen ? new Step.Failed(Code.INVALID_INPUT, "no text was made within input.max_tokens; raise it", false, reply.status(), Charged.YES)
        : new Step.Failed(Code.PROVIDER_FAILED, "no text was made within the provider's usual length; give a higher input.max_tokens", false,
            reply.status(), Charged.YES);
  }

  /**
   * For how many seconds, or until which date, a provider asks to be left alone: in the usual header, else in its answer's field of
   * that name, in its error's words, or in the headers that tell of its limits; or null.
   */
  static String pause(Reply reply, String field) {
    String header = RetryAfter.in(reply.headers());
    if (header != null) {
      return header;
    }
    Double told = Json.number(reply.jsonOrEmpty(), field);
    if (told != null && told > 0) {
      return String.valueOf(told);
    }
    String words = AskedPause.inWords(reply);
    return words != null || reply.status() != 429 ? words : AskedPause.untilReset(reply);
  }

  /** Whether it tells that a gateway has no connection to the provider's server, so that it has passed nothing on. */
  static boolean neverReached(Reply reply) {
    return UNCONNECTED.contains(reply.status()) || reply.status() == 503 && NOBODY.matcher(reply.text(500)).find();
  }

  /** Whether a provider's own error, not a gateway's page, says that there is no capacity for the request. */
  static boolean hasNoRoom(Reply reply) {
    String words = reply.isJson() ? ErrorWords.of(reply) : "";
    return (reply.status() == 503 || reply.status() == 529) && NO_ROOM.matcher(words).find() && !WAITED.matcher(words).find();
  }
}
