package dev.computeserver.delivery;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static dev.computeserver.support.TestStore.PATIENCE;
import static dev.computeserver.support.TestStore.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.computeserver.async.ByteBudget;
import dev.computeserver.config.Secret;
import dev.computeserver.config.Settings;
import dev.computeserver.db.LowWater;
import dev.computeserver.outbound.UrlGuard;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskChange;
import dev.computeserver.task.TaskRequest;
import dev.computeserver.task.TaskStore;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.sqlclient.Tuple;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WebhooksTest {
  private static final Secret SECRET = Secret.of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

  /** Longer than any test: what is sent, is sent because the test or a try that has ended said so. */
  private static final long NO_SWEEP_MILLIS = 3_600_000;

  private final Vertx vertx = Vertx.vertx();
  private final MeterRegistry meters = new SimpleMeterRegistry();
  private final WireMockServer receiver = new WireMockServer(options().dynamicPort());
  private TestStore db;
  private volatile boolean noMemory;
  private TaskStore store;

  @BeforeEach
  void open() {
    db = new TestStore(vertx);
    store = db.node(UUID.randomUUID());
    receiver.start();
  }

  @AfterEach
  void close() {
    receiver.stop();
    db.close();
    await(vertx.close());
  }

  /** It sends when it is told to, and never by itself: what is due at a moment of the test is the test's. */
  private Webhooks webhooks(boolean allowLoopback) {
    Settings.Webhooks settings = new Settings.Webhooks(List.of(), 60, 16, List.of(60, 300));
    Webhooks webhooks = new Webhooks(db.database, db.log, new UrlGuard(false, allowLoopback), settings,
        new WebhookSecrets(List.of(SECRET, Secret.of("whsec_" + "b2xk".repeat(8)))),
        this::tell, meters, Clock.systemUTC(), NO_SWEEP_MILLIS);
    await(vertx.deployVerticle(webhooks));
    return webhooks;
  }

  private <W, T> Future<T> tell(UUID id, Function<Optional<JsonObject>, W> writing, Function<W, Future<T>> send) {
    return noMemory ? Future.failedFuture(new ByteBudget(0).take(vertx, 1, PATIENCE).cause())
        : send.apply(writing.apply(Optional.of(new JsonObject().put("id", id.toString()).put("status", "whole"))));
  }

  private Task completed(String path) {
    return completed(receiver.port(), path);
  }

  private Task completed(int port, String path) {
    TaskRequest.Webhook hook = new TaskRequest.Webhook("http://127.0.0.1:" + port + path, List.of("completed"));
    Task task = db.claimed(store, TestStore.request("fox", 0, hook, null));
    await(store.setStatus(TaskChange.to(task, task.state().completed(Instant.now())), PATIENCE));
    return task;
  }

  @Test
  void searchesBeginAtTheOldestThatIsPendingAndNeverAfterWhatMayStillCome() {
    assertEquals("t", db.ask("SELECT due_at = now() - interval '10 seconds' FROM (" + Webhooks.OLDEST + ") o"));
    completed("/hook");
    TestServers.execute(db.uri, "UPDATE webhook_delivery SET next_at = '2020-02-02T00:00:00Z'");
    LowWater.Marks marks = await(db.database.query(Webhooks.OLDEST, Tuple.tuple()).map(LowWater.Marks::of));
    assertEquals(Instant.parse("2020-02-02T00:00:00Z"), marks.since().toInstant());
    TestServers.execute(db.uri, "UPDATE webhook_delivery SET status = 'delivered'");
    assertEquals("t", db.ask("SELECT due_at = now() - interval '10 seconds' FROM (" + Webhooks.OLDEST + ") o"));
  }

  @Test
  void signsAsTheSpecificationsOwnExample() {
    assertEquals("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        Signature.of(List.of(SECRET), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330L, "{\"test\": 2432232314}"));
  }

  @Test
  void acceptsOnlyRightSignaturesOfTheLastMinutes() {
    Instant now = Instant.ofEpochSecond(1_614_265_330L);
    String header = "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    String id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    String body = "{\"test\": 2432232314}";
    assertTrue(Signature.fits(SECRET, id, 1_614_265_330L, body, header, now));
    assertFalse(Signature.fits(SECRET, id, 1_614_265_330L, body + " ", header, now));
    assertFalse(Signature.fits(SECRET, id, 1_614_265_330L, body, header, now.plusSeconds(301)));
  }

  @Test
  void whatThereIsNoMemoryForIsNoTryAndIsSentLater() {
    receiver.stubFor(post("/hook").willReturn(aResponse().withStatus(204)));
    completed("/hook");
    Webhooks webhooks = webhooks(true);
    noMemory = true;
    await(webhooks.runOnce().otherwiseEmpty());
    assertEquals("pending []", db.ask("SELECT status || ' ' || tries FROM webhook_delivery"));
    noMemory = false;
    TestServers.execute(db.uri, "UPDATE webhook_delivery SET claimed_until = now() - interval '1 second'");
    await(webhooks.runOnce());
    assertEquals("delivered", db.ask("SELECT status FROM webhook_delivery"));
  }

  @Test
  void theLastHundredTriesAreKept() {
    receiver.stubFor(post("/hook").willReturn(aResponse().withStatus(204)));
    Task task = completed("/hook");
    TestServers.execute(db.uri, "UPDATE webhook_delivery SET tries = (SELECT jsonb_agg(jsonb_build_object('duration_ms', i)) FROM generate_series(1, 100) i)");
    Webhooks webhooks = webhooks(true);
    await(webhooks.runOnce());
    assertEquals("100 2 204", db.ask("SELECT jsonb_array_length(tries) || ' ' || (tries -> 0 ->> 'duration_ms') || ' ' || (tries -> 99 ->> 'http_status') "
        + "FROM webhook_delivery"));
    assertTrue(await(webhooks.bytes(task.id())) > 2_000);
  }

  @Test
  void deliversTheEventWithTheWholeTaskUnderSignaturesOfAllSecrets() {
    receiver.stubFor(post("/hook").willReturn(aResponse().withStatus(204)));
    Task task = completed("/hook");
    Webhooks webhooks = webhooks(true);
    await(webhooks.runOnce());

    LoggedRequest request = receiver.findAll(postRequestedFor(urlEqualTo("/hook"))).get(0);
    String body = request.getBodyAsString();
    String id = request.getHeader("webhook-id");
    long timestamp = Long.parseLong(request.getHeader("webhook-timestamp"));
    String signatures = request.getHeader("webhook-signature");
    assertEquals(2, signatures.split(" ").length);
    assertTrue(Signature.fits(SECRET, id, timestamp, body, signatures, Instant.now()));
    JsonObject json = new JsonObject(body);
    assertEquals("task.completed", json.getString("type"));
    assertEquals(task.id().toString(), json.getJsonObject("data").getString("task_id"));
    assertEquals("whole", json.getJsonObject("data").getJsonObject("task").getString("status"));

    JsonObject delivery = await(webhooks.list(task.id())).get(0);
    assertEquals(id, delivery.getString("id"));
    assertEquals("delivered", delivery.getString("status"));
    assertEquals(204, delivery.getJsonArray("tries").getJsonObject(0).getInteger("http_status"));
  }

  @Test
  void triesAgainOnScheduleAndLaterWhereTheReceiverAsksForIt() {
    receiver.stubFor(post("/busy").willReturn(aResponse().withStatus(503).withHeader("Retry-After", "120")));
    receiver.stubFor(post("/down").willReturn(aResponse().withStatus(500)));
    Task busy = completed("/busy");
    Task down = completed("/down");
    Webhooks webhooks = webhooks(true);
    await(webhooks.runOnce());
    assertEquals("t", seconds(busy, 119, 121));
    assertEquals("t", seconds(down, 45, 75));

    await(webhooks.runOnce());
    assertEquals(1, receiver.findAll(postRequestedFor(urlEqualTo("/down"))).size(), "not before it is due");
    for (int round = 0; round < 2; round++) {
      TestServers.execute(db.uri, "UPDATE webhook_delivery SET next_at = now() WHERE task_id = '" + down.id() + "'");
      await(webhooks.runOnce());
    }
    JsonObject failed = await(webhooks.list(down.id())).get(0);
    assertEquals("failed", failed.getString("status"));
    assertEquals(3, failed.getJsonArray("tries").size());
    assertEquals(List.of(0, 3, 1), List.of(tries("delivered"), tries("failed"), tries("given_up")));
  }

  @Test
  void theEventsOfATaskAreToldOneAfterTheOtherAndARetryHoldsUpNone() {
    Signals<String> told = new Signals<>();
    AtomicReference<HttpServerRequest> held = new AtomicReference<>();
    HttpServer hook = await(vertx.createHttpServer().requestHandler(request -> request.body().onSuccess(body -> {
      held.set(request);
      told.accept(body.toJsonObject().getString("type"));
    })).listen(0, "127.0.0.1"));
    TaskRequest.Webhook wanted = new TaskRequest.Webhook("http://127.0.0.1:" + hook.actualPort() + "/hook", List.of("queued", "processing", "completed"));
    Task task = db.claimed(store, TestStore.request("fox", 0, wanted, null));
    await(store.setStatus(TaskChange.to(task, task.state().completed(Instant.now())), PATIENCE));
    Webhooks webhooks = webhooks(true);
    Future<Void> first = webhooks.runOnce();
    assertEquals(List.of("task.queued"), told.await(1));
    await(webhooks.runOnce());
    assertEquals(1, told.all().size(), "the others wait for the answer");
    held.get().response().setStatusCode(500).end();
    await(first);
    assertEquals(List.of("task.queued", "task.processing"), told.await(2), "though the first is to be tried again");
    held.get().response().setStatusCode(204).end();
    assertEquals(List.of("task.queued", "task.processing", "task.completed"), told.await(3));
    held.get().response().setStatusCode(204).end();
  }

  private int tries(String outcome) {
    return (int) meters.get("compute.webhook.tries").tag("outcome", outcome).counter().count();
  }

  /** From the end of the newest try to the next one. */
  private String seconds(Task task, int least, int most) {
    String ended = "(tries->-1->>'at')::timestamptz + (tries->-1->>'duration_ms')::integer * interval '1 millisecond'";
    return db.ask("SELECT extract(epoch FROM next_at - (" + ended + ")) BETWEEN " + least + " AND " + most
        + " FROM webhook_delivery WHERE task_id = '" + task.id() + "'");
  }

  @Test
  void stopsAtGoneFollowsNoRedirectAndCallsNoForbiddenAddress() {
    receiver.stubFor(post("/gone").willReturn(aResponse().withStatus(410)));
    receiver.stubFor(post("/moved").willReturn(aResponse().withStatus(302).withHeader("Location", "/elsewhere")));
    Task gone = completed("/gone");
    Task moved = completed("/moved");
    Webhooks webhooks = webhooks(true);
    await(webhooks.runOnce());
    assertEquals("failed", await(webhooks.list(gone.id())).get(0).getString("status"));
    assertEquals("pending", await(webhooks.list(moved.id())).get(0).getString("status"));
    assertEquals(0, receiver.findAll(postRequestedFor(urlEqualTo("/elsewhere"))).size());

    Task forbidden = completed("/private");
    Webhooks guarded = webhooks(false);
    await(guarded.runOnce());
    JsonObject refused = await(guarded.list(forbidden.id())).get(0).getJsonArray("tries").getJsonObject(0);
    assertTrue(refused.getString("error").contains("loopback"), refused::encode);
    assertEquals(0, receiver.findAll(postRequestedFor(urlEqualTo("/private"))).size());
  }

  @Test
  void sendsOneAgainWhenAskedTo() {
    Signals<String> sent = new Signals<>();
    receiver.addMockServiceRequestListener((request, response) -> sent.accept(request.getUrl()));
    receiver.stubFor(post("/hook").willReturn(aResponse().withStatus(200)));
    Task task = completed("/hook");
    Webhooks webhooks = webhooks(true);
    await(webhooks.runOnce());
    UUID delivery = UUID.fromString(await(webhooks.list(task.id())).get(0).getString("id"));
    assertTrue(await(webhooks.redeliver(task.id(), delivery)));
    sent.await(2);
    // Last: it wakes the sender too, which takes nothing up while it is claiming.
    assertFalse(await(webhooks.redeliver(task.id(), UUID.randomUUID())));
    assertEquals(List.of("/hook", "/hook"), sent.all());
  }

  @Test
  void twoNodesSendEachDeliveryOnce() {
    receiver.stubFor(post("/hook").willReturn(aResponse().withStatus(200)));
    for (int i = 0; i < 60; i++) {
      completed("/hook");
    }
    Webhooks one = webhooks(true);
    Webhooks two = webhooks(true);
    await(Future.join(one.runOnce(), two.runOnce()));
    delivered(60);
    Map<String, Long> byId = receiver.findAll(postRequestedFor(urlEqualTo("/hook"))).stream()
        .collect(Collectors.groupingBy(request -> request.getHeader("webhook-id"), Collectors.counting()));
    assertEquals(60, byId.size());
    assertTrue(byId.values().stream().allMatch(count -> count == 1), byId::toString);
  }

  @Test
  void aBacklogIsWorkedOffAsItsReceiverAnswersWithoutWaitingForASweep() {
    receiver.stubFor(post("/hook").willReturn(aResponse().withStatus(200)));
    for (int i = 0; i < 50; i++) {
      completed("/hook");
    }
    webhooks(true).wake();
    delivered(50);
    assertEquals("t", db.ask("SELECT bool_and(jsonb_array_length(tries) = 1) FROM webhook_delivery"));
  }

  @Test
  void oneThatHangsHoldsUpNobodyAndIsNotClaimedBeyondItsShare() {
    receiver.stubFor(post("/hook").willReturn(aResponse().withStatus(200)));
    NetServer hanging = await(vertx.createNetServer().connectHandler(socket -> { }).listen(0, "127.0.0.1"));
    for (int i = 0; i < 40; i++) {
      completed(hanging.actualPort(), "/hangs");
    }
    for (int i = 0; i < 12; i++) {
      completed("/hook");
    }
    TestServers.execute(db.uri, "UPDATE webhook_delivery SET next_at = next_at - interval '1 minute' WHERE url LIKE '%/hangs'");
    webhooks(true).wake();
    delivered(12);
    assertEquals("4", db.ask("SELECT count(*) FROM webhook_delivery WHERE claimed_until IS NOT NULL"));
    assertEquals("36", db.ask("SELECT count(*) FROM webhook_delivery WHERE status = 'pending' AND next_at < now() - interval '30 seconds'"
        + " AND claimed_until IS NULL AND tries = '[]'"));
  }

  @Test
  void thoseThatDidNotAnswerLastTimeLeaveRoomForOthersHoweverManyTheyAre() {
    receiver.stubFor(post("/hook").willReturn(aResponse().withStatus(200)));
    AtomicReference<Handler<NetSocket>> manner = new AtomicReference<>(NetSocket::close);
    List<Integer> ports = IntStream.range(0, 5).mapToObj(i -> await(vertx.createNetServer().connectHandler(socket -> manner.get().handle(socket))
        .listen(0, "127.0.0.1")).actualPort()).toList();
    Webhooks webhooks = webhooks(true);
    ports.forEach(port -> completed(port, "/dead"));
    await(webhooks.runOnce());
    assertEquals("5", db.ask("SELECT count(*) FROM webhook_delivery WHERE status = 'pending' AND jsonb_array_length(tries) = 1"));
    manner.set(socket -> { });
    for (int i = 0; i < 8; i++) {
      ports.forEach(port -> completed(port, "/dead"));
    }
    for (int i = 0; i < 12; i++) {
      completed("/hook");
    }
    TestServers.execute(db.uri, "UPDATE webhook_delivery SET next_at = next_at - interval '1 minute' WHERE url LIKE '%/dead' AND tries = '[]'");
    webhooks.wake();
    delivered(12);
    assertEquals("5", db.ask("SELECT count(*) FROM webhook_delivery WHERE claimed_until IS NOT NULL"));
  }

  /** Waits until so many have been delivered. */
  private void delivered(int amount) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    long count = 0;
    while (count != amount && System.nanoTime() < end) {
      count = await(db.database.query("SELECT count(*) FROM webhook_delivery WHERE status = 'delivered'", Tuple.tuple())
          .map(rows -> rows.iterator().next().getLong(0)));
    }
    assertEquals(amount, count);
  }
}
