package dev.computeserver.delivery;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.config.Settings;
import dev.computeserver.db.Database;
import dev.computeserver.db.Faults;
import dev.computeserver.db.LowWater;
import dev.computeserver.outbound.GuardedClient;
import dev.computeserver.outbound.UrlGuard;
import dev.computeserver.task.EventId;
import dev.computeserver.task.EventLog;
import dev.computeserver.task.TaskEvent;
import dev.computeserver.task.Times;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends what stands in the outbox, which was filled in the same commits as the status changes. A delivery is claimed for as
 * long as a try may take, so that another node sends it if this one dies; so each is sent at least once. A backlog is worked off as
 * fast as its receivers answer: as long as a claim has left something, the slots that tries set free are filled at once.
 */
public final class Webhooks extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(Webhooks.class);
  private static final long SWEEP_MILLIS = 1_000;
  /** One slow receiver must not hold up the others: it may have this part of the slots. */
  private static final int SHARE = 4;
  /** All those together that did not answer last time may have this part, each of them one slot. */
  private static final int SHARE_OF_SILENT_ONES = 2;
  private static final int MOST_SILENT_KNOWN = 1_000;
  private static final long GATHER_MILLIS = 20;
  private static final int CLAIM_MARGIN_SECONDS = 15;

  /** Who is called: whatever stands between the scheme and the path. */
  private static final String RECEIVER = "coalesce(lower(substring(url from '^[^:/?#]+://([^/?#]*)')), '')";
  /**
   * Of what is due, each receiver's up to its share, $5, or what $6 says of it; $4 says how many of each are being sent already. What tells of a task's later event
   * waits until the former one was tried; not a join, whose plan might read all that is pending.
   */
  private static final String CLAIM = """
      UPDATE webhook_delivery d SET claimed_until = now() + make_interval(secs => $1)
      FROM (SELECT id, receiver, row_number() OVER (PARTITION BY receiver ORDER BY next_at) AS place, count(*) OVER () AS seen
            FROM (SELECT id, next_at, RECEIVER AS receiver FROM webhook_delivery w
                  WHERE status = 'pending' AND next_at <= now() AND next_at >= coalesce($3, '-infinity'::timestamptz)
                    AND (claimed_until IS NULL OR claimed_until < now())
                    AND coalesce(($4::jsonb ->> RECEIVER)::int, 0) < coalesce(($6::jsonb ->> RECEIVER)::int, $5)
                    AND (SELECT f.id FROM webhook_delivery f WHERE f.task_id = w.task_id AND f.seq < w.seq AND f.status = 'pending' AND f.tries = '[]'
                         LIMIT 1) IS NULL
                  ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED) due) c
      WHERE d.id = c.id AND c.place + coalesce(($4::jsonb ->> c.receiver)::int, 0) <= coalesce(($6::jsonb ->> c.receiver)::int, $5)
      RETURNING d.*, c.receiver, c.seen""".replace("RECEIVER", RECEIVER);
  static final String OLDEST = """
      SELECT NULL::smallint AS priority, least(now() - interval '10 seconds', min(next_at)) AS due_at
      FROM webhook_delivery WHERE status = 'pending'""";
  /** Redelivered again and again, the last 100 tries are kept. */
  private static final String RECORD = """
      UPDATE webhook_delivery d SET status = $2, next_at = $3, claimed_until = NULL,
        tries = (CASE WHEN jsonb_array_length(tries) >= 100 THEN tries - 0 ELSE tries END) || $4::jsonb WHERE id = $1
      RETURNING EXISTS (SELECT 1 FROM webhook_delivery n WHERE n.task_id = d.task_id AND n.seq > d.seq AND n.status = 'pending') AS followed""";

  private final Database database;
  private final EventLog log;
  private final UrlGuard guard;
  private final Settings.Webhooks settings;
  private final WebhookSecrets secrets;
  private final Tasks tasks;
  private final Counter delivered;
  private final Counter failed;
  private final Counter givenUp;
  private final InstantSource clock;
  private final AtomicBoolean woken = new AtomicBoolean();
  private final Map<String, Integer> sendingTo = new HashMap<>();
  /** Those that did not answer last time. */
  private final Set<String> silent = new LinkedHashSet<>();
  private final LowWater water;
  private final long sweepMillis;
  private int sending;
  private boolean claiming;
  /** Whether the last claim may have left something that is due, for want of slots. */
  private boolean more;
  /** Whether it was to send something while it was claiming. */
  private boolean missed;
  private WebhookSender sender;

  public Webhooks(Database database, EventLog log, UrlGuard guard, Settings.Webhooks settings, WebhookSecrets secrets, Tasks tasks,
      MeterRegistry meters, InstantSource clock) {
    this(database, log, guard, settings, secrets, tasks, meters, clock, SWEEP_MILLIS);
  }

  /** @param sweepMillis how often it looks for what is due without being told */
  Webhooks(Database database, EventLog log, UrlGuard guard, Settings.Webhooks settings, WebhookSecrets secrets, Tasks tasks,
      MeterRegistry meters, InstantSource clock, long sweepMillis) {
    this.database = database;
    this.log = log;
    this.guard = guard;
    this.settings = settings;
    this.secrets = secrets;
    this.tasks = tasks;
    this.clock = clock;
    this.sweepMillis = sweepMillis;
    water = new LowWater(() -> database.query(OLDEST, Tuple.tuple()).map(LowWater.Marks::of));
    delivered = tries(meters, "delivered");
    failed = tries(meters, "failed");
    givenUp = tries(meters, "given_up");
  }

  private static Counter tries(MeterRegistry meters, String outcome) {
    return Counter.builder("compute.webhook.tries").description("Tries to deliver a webhook; failed is tried again, given_up is not")
        .tag("outcome", outcome).register(meters);
  }

  @Override
  public Future<?> start() {
    sender = new WebhookSender(new GuardedClient(vertx, guard, settings.concurrent(), settings.concurrent(), settings.concurrent()), secrets, settings, clock);
    vertx.setPeriodic(sweepMillis, tick -> runOnce());
    return Future.succeededFuture();
  }

  /** Something may be due now; from any thread. Many calls in a short time are one. */
  public void wake() {
    if (context != null && woken.compareAndSet(false, true)) {
      context.runOnContext(ignored -> vertx.setTimer(GATHER_MILLIS, gathered -> {
        woken.set(false);
        runOnce();
      }));
    }
  }

  /** Sends what is due, as far as there is room; done when every try has been recorded. */
  Future<Void> runOnce() {
    int room = settings.concurrent() - sending;
    if (claiming || room <= 0) {
      more = true;
      missed = claiming;
      return Future.succeededFuture();
    }
    claiming = true;
    missed = false;
    more = sendingTo.containsValue(share());
    return claim(room).compose(rows -> {
      claiming = false;
      List<Future<?>> tries = new ArrayList<>();
      for (Row row : rows) {
        more |= row.getLong("seen") == room || row.getLong("seen") > rows.size();
        tries.add(Future.succeededFuture(row).compose(this::attempt));
      }
      if (missed || more && !tries.isEmpty()) {
        // Those who have their share now may stand before others; and tries that have ended since are not seen by this claim.
        wake();
      }
      return Future.join(tries).<Void>mapEmpty();
    }).onFailure(failure -> {
      claiming = false;
      LOG.debug("Webhooks could not be sent or recorded now", failure);
    });
  }

  private int share() {
    return Math.max(1, settings.concurrent() / SHARE);
  }

  private Future<RowSet<Row>> claim(int room) {
    int claimSeconds = settings.timeoutSeconds() + CLAIM_MARGIN_SECONDS;
    JsonObject busy = new JsonObject();
    sendingTo.forEach(busy::put);
    return water.search(marks -> database.query(CLAIM, Tuple.of(claimSeconds, room, marks.since(), busy, share(), silentShares())));
  }

  /** Others of them at each claim, since it is not known here which have anything due. */
  private JsonObject silentShares() {
    int room = settings.concurrent() / SHARE_OF_SILENT_ONES - (int) silent.stream().filter(sendingTo::containsKey).count();
    List<String> some = new ArrayList<>(silent);
    Collections.shuffle(some);
    JsonObject shares = new JsonObject();
    for (String receiver : some) {
      shares.put(receiver, sendingTo.containsKey(receiver) || room-- > 0 ? 1 : 0);
    }
    return shares;
  }

  private void heard(String receiver, Try done) {
    silent.remove(receiver);
    if (done.httpStatus() == null && !done.hopeless()) {
      silent.add(receiver);
      if (silent.size() > MOST_SILENT_KNOWN) {
        silent.remove(silent.iterator().next());
      }
    }
  }

  private Future<Void> attempt(Row row) {
    Delivery delivery = new Delivery(row.getUUID("id"), row.getUUID("task_id"), row.getLong("event_id"), row.getString("type"),
        row.getString("url"), row.getJsonArray("tries").size());
    String receiver = row.getString("receiver");
    sending++;
    sendingTo.merge(receiver, 1, Integer::sum);
    return told(delivery)
        // Where there is no memory for it, its claim runs out, and it is begun again.
        .recover(failure -> Faults.isOutage(failure) || failure instanceof ByteBudget.Exhausted ? Future.failedFuture(failure) : Future.succeededFuture(broken(delivery, failure)))
        .onSuccess(done -> heard(receiver, done))
        .compose(done -> record(delivery, done))
        .onComplete(any -> {
          sending--;
          sendingTo.computeIfPresent(receiver, (key, count) -> count == 1 ? null : count - 1);
          if (more) {
            wake();
          }
        });
  }

  /** A mistake of ours counts as a try, or the delivery would be begun for ever. */
  private Try broken(Delivery delivery, Throwable failure) {
    String incident = UUID.randomUUID().toString();
    LOG.error("Incident {} while delivering webhook {} of task {}", incident, delivery.id(), delivery.taskId(), failure);
    return new Try(clock.instant(), null, "the server made a mistake; report incident " + incident, 0, 0, false);
  }

  private Future<Try> told(Delivery delivery) {
    Try gone = Try.hopeless("the task or its event is gone");
    return log.byId(delivery.eventId()).compose(event -> event.isEmpty() ? Future.succeededFuture(gone)
        : tasks.tell(delivery.taskId(), task -> task.map(view -> body(event.get(), view)),
            body -> body.isEmpty() ? Future.succeededFuture(gone) : sender.send(delivery, body.get())));
  }

  private static String body(TaskEvent event, JsonObject task) {
    JsonObject data = event.toJson().put("task", task);
    return new JsonObject().put("type", "task." + event.type()).put("timestamp", Times.text(EventId.time(event.id()))).put("data", data).encode();
  }

  private Future<Void> record(Delivery delivery, Try done) {
    Instant next = done.delivered() || done.hopeless() ? null : sender.nextTry(delivery, done);
    (done.delivered() ? delivered : next == null ? givenUp : failed).increment();
    String status = done.delivered() ? "delivered" : next == null ? "failed" : "pending";
    JsonArray added = new JsonArray().add(done.toJson());
    Tuple values = Tuple.tuple().addUUID(delivery.id()).addString(status)
        .addOffsetDateTime(next == null ? null : next.atOffset(ZoneOffset.UTC)).addJsonArray(added);
    return database.query(RECORD, values).map(recorded -> {
      if (recorded.size() > 0 && recorded.iterator().next().getBoolean("followed")) {
        wake();
      }
      return null;
    });
  }

  /** Of what {@link #list} would read. */
  public Future<Long> bytes(UUID task) {
    return database.query("SELECT coalesce(sum(octet_length(tries::text) + octet_length(url)), 0)::bigint FROM webhook_delivery WHERE task_id = $1",
        Tuple.of(task)).map(rows -> rows.iterator().next().getLong(0));
  }

  /** The deliveries of a task and each try, oldest first. */
  public Future<List<JsonObject>> list(UUID task) {
    return database.query("SELECT * FROM webhook_delivery WHERE task_id = $1 ORDER BY event_id, id", Tuple.of(task))
        .map(rows -> rows.stream().map(row -> new JsonObject()
            .put("id", row.getUUID("id").toString())
            .put("event_id", EventId.text(row.getLong("event_id")))
            .put("type", "task." + row.getString("type"))
            .put("url", row.getString("url"))
            .put("status", row.getString("status"))
            .put("next_at", row.getOffsetDateTime("next_at") == null ? null : Times.text(row.getOffsetDateTime("next_at").toInstant()))
            .put("tries", row.getJsonArray("tries"))).toList());
  }

  /** Sends a delivery again, whatever became of it before; false where the task has none of that id. */
  public Future<Boolean> redeliver(UUID task, UUID delivery) {
    return database.query("UPDATE webhook_delivery SET status = 'pending', next_at = now(), claimed_until = NULL WHERE id = $1 AND task_id = $2",
        Tuple.of(delivery, task)).map(rows -> {
          wake();
          return rows.rowCount() == 1;
        });
  }

  /** Where tasks are, as clients see them. */
  @FunctionalInterface
  public interface Tasks {
    /** Has what {@code writing} makes of a task, or of nothing where there is none, sent. Both may be done in turn, for want of memory. */
    <W, T> Future<T> tell(UUID id, Function<Optional<JsonObject>, W> writing, Function<W, Future<T>> send);
  }

  /** @param triesBefore how often it was tried already */
  record Delivery(UUID id, UUID taskId, long eventId, String type, String url, int triesBefore) {
  }

  /**
   * One try.
   *
   * @param httpStatus what the receiver answered, or null
   * @param error why it did not work, or null
   * @param retryAfterSeconds what the receiver asked for, or 0
   * @param hopeless whether no other try is to be made
   */
  record Try(Instant at, Integer httpStatus, String error, long durationMillis, long retryAfterSeconds, boolean hopeless) {
    static Try hopeless(String why) {
      return new Try(Instant.now(), null, why, 0, 0, true);
    }

    boolean delivered() {
      return httpStatus != null && httpStatus >= 200 && httpStatus < 300;
    }

    JsonObject toJson() {
      return new JsonObject().put("at", Times.text(at)).put("http_status", httpStatus).put("error", error).put("duration_ms", durationMillis);
    }
  }
}
