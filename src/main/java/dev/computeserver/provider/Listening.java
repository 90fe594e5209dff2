package dev.computeserver.provider;

import io.vertx.core.http.WebSocket;

/** Hears what a provider tells of one job and passes it to the watch of the job, until either ends. */
final class Listening {
  /** After so many calls to look now, the provider is only asked in its turn. */
  private static final int MOST_LOOKS = 100;

  private final Channel channel;
  private final Watch watch;
  private WebSocket socket;
  private boolean closed;
  private int looks;

  private Listening(Channel channel, Watch watch) {
    this.channel = channel;
    this.watch = watch;
  }

  static Listening open(Channel channel, Sender sender, Watch watch) {
    Listening listening = new Listening(channel, watch);
    sender.listen(channel.path(), listening::heard)
        .onSuccess(listening::opened)
        .onFailure(failed -> QueueVerticle.LOG.debug("No progress by WebSocket, the provider is asked instead: {}", sender.redact(String.valueOf(failed.getMessage()))));
    return listening;
  }

  private void opened(WebSocket opened) {
    socket = opened;
    if (closed) {
      opened.close();
    }
  }

  private void heard(String message) {
    if (closed) {
      return;
    }
    Channel.News news;
    try {
      news = channel.reader().apply(message);
    } catch (RuntimeException unreadable) {
      return;
    }
    watch.progress(news.progress());
    if (news.lookNow() && ++looks <= MOST_LOOKS) {
      watch.now();
    }
  }

  void close() {
    closed = true;
    if (socket != null) {
      socket.close();
    }
  }
}
