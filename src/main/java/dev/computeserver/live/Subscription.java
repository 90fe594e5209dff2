package dev.computeserver.live;

import dev.computeserver.task.EventLog;
import dev.computeserver.task.TaskEvent;
import io.vertx.core.Future;
import java.util.List;

/**
 * One watcher's view of the feed, gapless and in order however slow it reads:
 * <pre>
 * reading    history is sent page by page, live events are let pass: they will be history in a moment
 * live       each event is sent as it happens; when the reader's buffer is full, back to reading once it has drained
 * closed     nothing more is sent
 * </pre>
 * The store is the buffer, so memory is bounded whatever the reader does. Used on the hub's event loop only.
 */
public final class Subscription implements LiveHub.Watcher {
  private static final int PAGE = 200;

  private final LiveHub hub;
  private final EventLog.Wanted wanted;
  private final Reader reader;
  private long sent;
  private boolean live;
  private boolean closed;

  private Subscription(LiveHub hub, EventLog.Wanted wanted, Reader reader, long after) {
    this.hub = hub;
    this.wanted = wanted;
    this.reader = reader;
    this.sent = after;
  }

  /**
   * Sends every event later than {@code after}, then what happens.
   *
   * @param after the newest event that the reader has
   */
  public static Subscription open(LiveHub hub, EventLog.Wanted wanted, Reader reader, long after) {
    Subscription subscription = new Subscription(hub, wanted, reader, after);
    hub.add(subscription);
    hub.subscribed(1);
    subscription.read();
    return subscription;
  }

  public void close() {
    if (!closed) {
      hub.subscribed(-1);
    }
    closed = true;
    hub.remove(this);
  }

  @Override
  public EventLog.Wanted wanted() {
    return wanted;
  }

  @Override
  public void happened(TaskEvent event) {
    if (live && event.id() > sent) {
      send(event);
      if (reader.full()) {
        pause();
      }
    }
  }

  private void pause() {
    live = false;
    reader.drained().onComplete(drained -> {
      if (drained.succeeded()) {
        read();
      } else {
        close();
      }
    });
  }

  private void read() {
    if (closed) {
      return;
    }
    long until = hub.end();
    if (sent >= until) {
      live = true;
      return;
    }
    hub.log().between(sent, until, wanted, PAGE).onComplete(page -> {
      if (closed) {
        return;
      }
      if (page.failed()) {
        reader.failed(page.cause());
        close();
      } else {
        sendPage(page.result(), until);
      }
    });
  }

  private void sendPage(List<TaskEvent> page, long until) {
    page.forEach(this::send);
    if (page.size() < PAGE) {
      sent = Math.max(sent, until);
    }
    if (reader.full()) {
      pause();
    } else {
      read();
    }
  }

  private void send(TaskEvent event) {
    if (!closed) {
      sent = event.id();
      reader.send(event);
    }
  }

  /** Where events go: a WebSocket, a stream of server-sent events. */
  public interface Reader {
    void send(TaskEvent event);

    /** Whether the other side reads too slowly for more. */
    boolean full();

    /** Done when there is room again; fails when it took too long and the reader was dropped. */
    Future<Void> drained();

    /** History cannot be read now; the reader must come back with the last id that it has. */
    void failed(Throwable cause);
  }
}
