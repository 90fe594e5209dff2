package dev.computeserver.live;

import dev.computeserver.task.EventLog;
import dev.computeserver.task.TaskEvent;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/**
 * One watcher's view of the feed, gapless and in order however slow it reads:
 * <pre>
 * reading    history is sent page by page; what happens while a page is asked for is kept, up to {@value #MOST_KEPT} events, and sent
 *            after the last page: then live, or reading on where more has happened than was kept
 * live       each event is sent as it happens
 * paused     the reader's buffer is full: live events are let pass, they will be history once it has drained; then reading
 * closed     nothing more is sent
 * </pre>
 * The store is the buffer, so memory is bounded whatever the reader does. Used on the hub's event loop only.
 */
public final class Subscription implements LiveHub.Watcher {
  private static final int PAGE = 200;
  private static final int MOST_KEPT = 1_000;

  private final LiveHub hub;
  private final EventLog.Wanted wanted;
  private final Reader reader;
  private long sent;
  /** Up to where the page reaches that is being asked for. */
  private long asked;
  private boolean live;
  private boolean closed;
  /** What has happened since a page was asked for; null while none is. */
  private List<TaskEvent> kept;

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

  /** Up to which id the reader has been sent everything that it wants. */
  public long reached() {
    return live ? Math.max(sent, hub.end()) : sent;
  }

  @Override
  public EventLog.Wanted wanted() {
    return wanted;
  }

  @Override
  public void happened(TaskEvent event) {
    if (kept != null) {
      // One above the limit tells that there was more.
      if (kept.size() <= MOST_KEPT) {
        kept.add(event);
      }
    } else if (live && event.id() > sent) {
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
    if (sent >= hub.end()) {
      live = true;
      return;
    }
    hub.reads().inTurn(this::page).onComplete(page -> {
      List<TaskEvent> meanwhile = kept;
      kept = null;
      if (closed) {
        return;
      }
      if (page.failed()) {
        reader.failed(page.cause());
        close();
      } else {
        sendPage(page.result(), meanwhile);
      }
    });
  }

  /** Asks for all up to now; what happens from now on is kept. */
  private Future<List<TaskEvent>> page() {
    if (closed) {
      return Future.succeededFuture(List.of());
    }
    kept = new ArrayList<>();
    asked = hub.end();
    return hub.reads().history().between(sent, asked, wanted, PAGE);
  }

  private void sendPage(List<TaskEvent> page, List<TaskEvent> meanwhile) {
    page.forEach(this::send);
    boolean last = page.size() < PAGE;
    if (last) {
      sent = Math.max(sent, asked);
    }
    if (reader.full()) {
      pause();
    } else if (last) {
      sendKept(meanwhile);
    } else {
      read();
    }
  }

  private void sendKept(List<TaskEvent> meanwhile) {
    for (TaskEvent event : meanwhile) {
      if (event.id() > sent) {
        send(event);
        if (reader.full()) {
          pause();
          return;
        }
      }
    }
    if (meanwhile.size() > MOST_KEPT) {
      read();
    } else {
      live = true;
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
