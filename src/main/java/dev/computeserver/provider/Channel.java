package dev.computeserver.provider;

import io.vertx.core.json.JsonObject;
import java.util.function.Function;

/**
 * A WebSocket on which a provider tells of one job. What it says are hints: the job's end is always asked for, so a channel
 * that cannot be opened or breaks off costs time only.
 *
 * @param path below the provider's base URL
 * @param reader of its text messages, in their order; may remember what it read, and belongs to this channel alone
 */
public record Channel(String path, Function<String, News> reader) {

  /**
   * What a message means.
   *
   * @param progress as in {@link Step.Waiting}, or null
   * @param lookNow whether the job may have ended
   */
  public record News(JsonObject progress, boolean lookNow) {
    /** Nothing. */
    public static final News NONE = new News(null, false);
  }
}
