package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * A request and the reader of its reply.
 *
 * @param target a path below the provider's base URL; {@code name:/path} on one of its other hosts; or a whole URL that a
 *     provider gave. The key goes to the provider's own hosts only
 * @param headers besides the key and the content type
 * @param body or null
 * @param contentType of the body, or null without one
 * @param reader of a reply from 200 to 299; others go to the processor's {@code refused}
 * @param tellsEnd whether the status of the reply is the job's own end, so that even a 500 is no passing fault
 * @param statusOnly whether a good reply holds no result, so that a long one is none
 */
public record Exchange(
    HttpMethod method, String target, Map<String, String> headers, Buffer body, String contentType, Function<Reply, Step> reader,
    boolean tellsEnd, boolean statusOnly) {

  static final int MOST_STATUS_BYTES = 256 * 1024;

  public Exchange {
    headers = Map.copyOf(headers);
  }

  public static Exchange get(String target, Function<Reply, Step> reader) {
    return new Exchange(HttpMethod.GET, target, Map.of(), null, null, reader, false, false);
  }

  public static Exchange put(String target, Function<Reply, Step> reader) {
    return new Exchange(HttpMethod.PUT, target, Map.of(), null, null, reader, false, false);
  }

  public static Exchange post(String target, JsonObject body, Function<Reply, Step> reader) {
    return new Exchange(HttpMethod.POST, target, Map.of(), body.toBuffer(), "application/json", reader, false, false);
  }

  public static Exchange delete(String target, Function<Reply, Step> reader) {
    return new Exchange(HttpMethod.DELETE, target, Map.of(), null, null, reader, false, false);
  }

  /** A POST without a body. */
  public static Exchange post(String target, Function<Reply, Step> reader) {
    return new Exchange(HttpMethod.POST, target, Map.of(), null, null, reader, false, false);
  }

  public static Exchange multipart(String target, Multipart parts, Function<Reply, Step> reader) {
    return new Exchange(HttpMethod.POST, target, Map.of(), parts.end(), parts.contentType(), reader, false, false);
  }

  /** A POST of bytes as they are. */
  public static Exchange bytes(String target, Buffer body, String contentType, Function<Reply, Step> reader) {
    return new Exchange(HttpMethod.POST, target, Map.of(), body, contentType, reader, false, false);
  }

  /** {@code Accept} is {@code application/json} unless it is set here. */
  public Exchange header(String name, String value) {
    Map<String, String> more = new HashMap<>(headers);
    more.put(name, value);
    return new Exchange(method, target, more, body, contentType, reader, tellsEnd, statusOnly);
  }

  /** The same at another place. */
  Exchange at(String url) {
    return new Exchange(method, url, headers, body, contentType, reader, tellsEnd, statusOnly);
  }

  /** The same where the reply's status is the job's own end. */
  public Exchange tellingEnd() {
    return new Exchange(method, target, headers, body, contentType, reader, true, statusOnly);
  }

  /**
   * The same where a good reply is the result itself: one that is whole and nothing of what the provider answers with, such as a page, another
   * kind of file or nothing, is a failure. A document that breaks off leaves it open.
   */
  public Exchange answering() {
    return new Exchange(method, target, headers, body, contentType, this::answer, tellsEnd, statusOnly);
  }

  private Step answer(Reply reply) {
    try {
      return reader.apply(reply);
    } catch (RuntimeException unreadable) {
      if (reply.isJson() || reply.isEvents()) {
        throw unreadable;
      }
      return Refusal.empty(reply, "a result", Charged.UNKNOWN);
    }
  }

  /** The same where a good reply tells of the job and never holds its result: it may have {@value #MOST_STATUS_BYTES} bytes, unfolded. */
  public Exchange ofStatus() {
    return new Exchange(method, target, headers, body, contentType, reader, tellsEnd, true);
  }
}
