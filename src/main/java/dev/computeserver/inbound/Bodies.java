package dev.computeserver.inbound;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.async.ByteBudget.Share;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.impl.RoutingContextInternal;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Reads bodies, each within a share of the node's memory that is taken before its first byte is read, and kept until {@link #done}.
 * What arrives too slowly gives its share back, at once where there is no room for others. Used on one event loop only.
 */
public final class Bodies {
  /** What is not longer has memory of its own, so that no number of big ones keeps it out. */
  public static final int SMALL = 64 * 1024;

  /** Its values may take as much. */
  private static final long MOST_SMALL = 1 << 20;
  private static final String SHARE = Bodies.class.getName();
  private static final String CONTINUE = "100-continue";
  private static final int TOO_LONG = 413;
  private static final long TICK_MILLIS = 1_000;
  private static final long SILENCE_SECONDS = 30;
  private static final long LEAST_BYTES_A_SECOND = 16 * 1024;
  /** An ordinary client has sent a small body by then; for a bigger one it can be asked to try again. */
  private static final long YOUNG_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Vertx vertx;
  private final ByteBudget memory;
  private final ByteBudget small;
  private final Duration patience;
  private final Set<Incoming> unfinished = new LinkedHashSet<>();

  /**
   * @param small for bodies of up to {@value #SMALL} bytes
   * @param patience zero to refuse a bigger one at once where there is no room; else it waits so long, and alone takes all there is
   */
  public Bodies(Vertx vertx, ByteBudget memory, ByteBudget small, Duration patience) {
    this.vertx = vertx;
    this.memory = memory;
    this.small = small;
    this.patience = patience;
    vertx.setPeriodic(TICK_MILLIS, tick -> endSlowOnes());
  }

  /**
   * Reads a body of at most {@code most} bytes, and hands on when it is there.
   *
   * @param setting what that bound comes from, for whoever goes beyond it
   */
  public Handler<RoutingContext> reader(long most, String setting) {
    return context -> read(context, most, setting);
  }

  /** The same, but what is longer is not refused and not read either: it is handed on without a body. */
  public Handler<RoutingContext> readerUpTo(long most) {
    return context -> read(context, most, null);
  }

  private void read(RoutingContext context, long most, String setting) {
    if (Entrance.hasBody(context.request())) {
      new Incoming(context, most, setting).begin();
    } else {
      ((RoutingContextInternal) context).setBody(Buffer.buffer());
      context.next();
    }
  }

  /** Gives a body's memory back: to be called when its request has been served and the answer sent, or cannot be. */
  public static void done(RoutingContext context) {
    Share share = context.remove(SHARE);
    if (share != null) {
      share.close();
    }
  }

  private void endSlowOnes() {
    long now = System.nanoTime();
    List.copyOf(unfinished).stream().filter(incoming -> incoming.isSlow(now)).forEach(incoming -> incoming.deny(
        Denial.of(408, "Request timeout", "nothing of the body came for " + SILENCE_SECONDS + " s, or less than " + LEAST_BYTES_A_SECOND
            + " bytes a second; send the request again")));
  }

  /** A share, for which those give way that have taken the longest to use theirs; unless it would go to others, who wait. */
  private Optional<Share> take(ByteBudget from, long bytes, Incoming taker) {
    Optional<Share> share = from.tryTake(bytes);
    while (share.isEmpty() && patience.isZero() && bytes <= from.total() && from.waiting() == 0 && endOldest(from, taker)) {
      share = from.tryTake(bytes);
    }
    return share;
  }

  private boolean endOldest(ByteBudget of, Incoming taker) {
    long now = System.nanoTime();
    Optional<Incoming> oldest = unfinished.stream().filter(incoming -> incoming.from == of && incoming != taker).findFirst()
        .filter(incoming -> now - incoming.begun > YOUNG_NANOS);
    oldest.ifPresent(incoming -> incoming.deny(Denial.later("the memory that was kept for the rest of the body is needed by others;"
        + " send the request again, without pauses")));
    return oldest.isPresent();
  }

  /** The longest body for which there is ever room. */
  private long longest() {
    return patience.isZero() ? memory.total() / Weight.TIMES : Integer.MAX_VALUE;
  }

  /** The body of one request on its way in. */
  private final class Incoming {
    private final RoutingContext context;
    private final HttpServerRequest request;
    private final long allowed;
    private final String setting;
    private final String bound;
    private final Weight weight;
    private final long begun = System.nanoTime();
    private long read = begun;
    private ByteBudget from;
    private Share share;
    private Buffer body;
    /** It has all come, or is not wanted any more. */
    private boolean over;

    Incoming(RoutingContext context, long most, String setting) {
      this.context = context;
      this.request = context.request();
      this.allowed = Math.min(most, longest());
      this.setting = setting;
      this.bound = allowed == most ? setting : "as node.memory_percent of this node's heap allows";
      this.weight = new Weight(patience.isZero() && String.valueOf(request.getHeader(HttpHeaders.CONTENT_TYPE)).contains("json"));
    }

    void begin() {
      String told = request.getHeader(HttpHeaders.CONTENT_LENGTH);
      long length = told == null ? SMALL : Long.parseLong(told);
      Denial denial = told != null && length > allowed ? tooLong() : unmet();
      if (denial != null) {
        deny(denial);
        return;
      }
      from = length <= SMALL ? small : memory;
      request.exceptionHandler(broken -> breakOff());
      StrictDecoder.of(request.connection()).whenMalformed(this::breakOff);
      Optional<Share> now = take(from, Weight.of(length), this);
      if (now.isPresent() || patience.isZero()) {
        receive(now);
      } else {
        from.take(vertx, Math.min(Weight.of(length), from.total()), patience)
            .onComplete(taken -> receive(Optional.of(taken)), late -> receive(Optional.empty()));
      }
    }

    /** What else the head asks for that cannot be had, or null. */
    private Denial unmet() {
      String coding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
      if (coding != null && !coding.trim().equalsIgnoreCase("identity")) {
        return new Denial(415, "Unsupported content coding", "the body is coded as its Content-Encoding says; send it as it is",
            HttpHeaders.ACCEPT_ENCODING.toString(), "identity");
      }
      String expected = request.getHeader(HttpHeaders.EXPECT);
      return expected == null || expected.equalsIgnoreCase(CONTINUE) ? null
          : Denial.of(417, "Expectation failed", "of expectations this server meets " + CONTINUE);
    }

    private Denial tooLong() {
      return Denial.of(TOO_LONG, "Body too large", "the body is longer than " + allowed + " bytes (" + bound + "); give big inputs as URLs");
    }

    private Denial noRoom() {
      return Denial.later("there is no memory for this body now; send the request again later");
    }

    private void receive(Optional<Share> taken) {
      share = taken.orElse(null);
      if (share == null || over) {
        deny(noRoom());
        return;
      }
      String told = request.getHeader(HttpHeaders.CONTENT_LENGTH);
      body = Buffer.buffer(told == null ? 0 : Integer.parseInt(told));
      if (CONTINUE.equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT)) && request.version() == HttpVersion.HTTP_1_1) {
        request.response().writeContinue();
      }
      unfinished.add(this);
      request.handler(this::arrived);
      request.endHandler(end -> finish());
      request.resume();
    }

    private void breakOff() {
      if (!over) {
        deny(Denial.malformed("the body breaks off, or is not framed as HTTP asks"));
      }
    }

    private void arrived(Buffer part) {
      if (over) {
        return;
      }
      read = System.nanoTime();
      Denial denial = body.length() + (long) part.length() > allowed ? tooLong() : room(weight.with(part));
      if (denial == null) {
        body.appendBuffer(part);
      } else {
        deny(denial);
      }
    }

    /** Where there is more in a body than its length told, or no length was told, its share grows by half. */
    private Denial room(long needed) {
      if (needed <= share.bytes() || !patience.isZero() && share.bytes() == memory.total()) {
        return null;
      }
      if (needed > memory.total()) {
        return Denial.of(TOO_LONG, "Body too large", "there are more values in the body than node.memory_percent of this node's heap has room for");
      }
      long wanted = Math.min(memory.total(), needed + needed / 2);
      if ((from == memory || wanted <= MOST_SMALL) && share.grow(wanted - share.bytes())) {
        return null;
      }
      Optional<Share> bigger = take(memory, wanted, this);
      bigger.ifPresent(taken -> {
        share.close();
        share = taken;
        from = memory;
      });
      return bigger.isPresent() ? null : noRoom();
    }

    private boolean isSlow(long now) {
      long seconds = SILENCE_SECONDS + body.length() / LEAST_BYTES_A_SECOND;
      return now - read > TimeUnit.SECONDS.toNanos(SILENCE_SECONDS) || now - begun > TimeUnit.SECONDS.toNanos(seconds);
    }

    private void finish() {
      if (!over) {
        over = true;
        unfinished.remove(this);
        context.put(SHARE, share);
        if (!patience.isZero()) {
          context.addEndHandler(answered -> done(context));
        }
        ((RoutingContextInternal) context).setBody(body);
        context.next();
      }
    }

    private void deny(Denial denial) {
      over = true;
      unfinished.remove(this);
      body = null;
      if (share != null) {
        share.close();
      }
      if (denial.status() == TOO_LONG && setting == null) {
        context.next();
      } else {
        denial.answer(request);
      }
    }
  }
}
