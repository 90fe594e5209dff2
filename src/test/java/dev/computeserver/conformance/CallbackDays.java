package dev.computeserver.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.conformance.CallbackSignature.Letter;
import dev.computeserver.conformance.Recording.Stage;
import dev.computeserver.conformance.Script.Play;
import dev.computeserver.provider.CallbackRules;
import dev.computeserver.provider.ProcessorRegistry;
import dev.computeserver.provider.ProviderProcessor;
import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestServers;
import io.vertx.core.json.JsonObject;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** A provider's callbacks and those of others, at a node that looks at no job unless it is told to. */
final class CallbackDays {
  static final String OURS = "https://compute.example.com";
  private static final String ADDRESS = "/v1/provider-callbacks/";
  private static final Duration LONGEST = Duration.ofSeconds(30);

  private final Recording recording;
  private final Script script;
  private final TestNode node;
  private final Function<Day, Play> begin;

  /** @param begin accepts the task of a day at the node */
  CallbackDays(Recording recording, Script script, TestNode node, Function<Day, Play> begin) {
    this.recording = recording;
    this.script = script;
    this.node = node;
    this.begin = begin;
  }

  /** What the node needs besides. */
  static Map<String, String> environment(Recording recording) {
    String prefix = "COMPUTE_PROVIDERS_" + recording.type.name() + "_";
    Map<String, String> environment = new HashMap<>(Map.of("COMPUTE_PUBLIC_URL", OURS, "COMPUTE_TASKS_RECONCILE_SECONDS", "60",
        prefix + "POLLING_FIRST_MS", "600000", prefix + "POLLING_MIN_MS", "600000", prefix + "POLLING_MAX_MS", "600000"));
    if (recording.signature != null && recording.signature.isSetByTheOwner()) {
      environment.put(prefix + "WEBHOOK_SECRET", CallbackSignature.SECRET);
    }
    return environment;
  }

  static CallbackRules rulesOf(ProviderType provider) {
    return ProcessorRegistry.ofAll().of(provider).flatMap(ProviderProcessor::callbacks).orElse(null);
  }

  private boolean isOfAccount() {
    return rulesOf(recording.type) instanceof CallbackRules.OfAccount;
  }

  /** Others' callbacks do nothing, and the provider's own is all that makes the node look. */
  void ownIsTakenAndOthersAreRefused() {
    Play play = begin.apply(Day.of("callback-taken"));
    play.await(Stage.SUBMIT);
    until("the job is known", () -> isKnown(play));
    Letter good = letter(play, Instant.now());
    List<String> wrong = new ArrayList<>();
    forged(play, good).forEach((how, callback) -> {
      TestNode.Answer answer = callback.to(node);
      if (answer.status() != callback.refusal) {
        wrong.add(how + " was answered with " + answer.status() + ", not " + callback.refusal);
      }
    });
    assertEquals(List.of(), wrong, () -> "these callbacks are not " + recording.type.word() + "'s own." + keysAreMissing());
    assertEquals(List.of(), play.requests(Stage.CHECK), "a callback that was refused made the node look at the job");
    TestNode.Answer taken = callback(good, recording.signature.headers(good), 200).to(node);
    assertEquals(200, taken.status(), () -> "the provider's own callback is refused: " + taken.json().encode() + keysAreMissing());
    JsonObject task = node.ended(play.task);
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, play.requests(Stage.CHECK).size(), "looks at the job after its callback");
  }

  /** Where the reply to the submit is lost, the callback tells the job all by itself. */
  void tellsTheJobOfALostSubmit() {
    if (isOfAccount()) {
      return;
    }
    Play play = begin.apply(Day.of("callback-lost").at(Stage.SUBMIT, 1, FakeProvider.cut()).taken().unlisted());
    play.await(Stage.SUBMIT);
    until("the provider has taken the job", () -> play.id() != null);
    Letter good = letter(play, Instant.now());
    TestNode.Answer taken = callback(good, recording.signature.headers(good), 200).to(node);
    assertEquals(200, taken.status(), () -> taken.json().encode());
    JsonObject task = node.ended(play.task);
    assertEquals("completed", task.getString("status"), () -> "after its submit was lost the job is not read from the callback: " + task.encodePrettily());
    assertEquals(play.id(), task.getString("external_id"), "the job that the callback has told");
    assertEquals(1, play.requests(Stage.SUBMIT).size(), "submits");
  }

  /** A job whose end nobody reports: its submit must not ask for it. */
  void noneIsAskedFor() {
    Play play = begin.apply(Day.of("callback-none"));
    play.await(Stage.SUBMIT);
    Seen submit = play.requests(Stage.SUBMIT).get(0).seen();
    assertFalse(text(submit).contains(ADDRESS), () -> "the recording says makesNoCallback(), but its submit asks for one: " + text(submit));
  }

  private Map<String, Callback> forged(Play play, Letter good) {
    Map<String, String> signed = recording.signature.headers(good);
    Map<String, Callback> forged = new LinkedHashMap<>();
    if (recording.signature.ofBody) {
      Letter changed = new Letter(good.url(), good.job(), good.submit(), good.body() + " ", good.at());
      forged.put("one with a changed body", callback(changed, signed, 401));
    }
    if (recording.signature.isKeyed()) {
      forged.put("one that is signed with another key", callback(good, recording.signature.headersOfSomebodyElse(good), 401));
    }
    if (recording.signature.ofTime) {
      Letter stale = letter(play, good.at().minus(Duration.ofDays(1)));
      forged.put("one of yesterday", callback(stale, recording.signature.headers(stale), 401));
    }
    if (isOfAccount()) {
      Letter strange = new Letter(good.url(), "no-job-of-ours", good.submit(), good.body().replace(good.job(), "no-job-of-ours"), good.at());
      forged.put("one about a job that is not ours", callback(strange, recording.signature.headers(strange), 404));
    } else {
      Letter elsewhere = new Letter(good.url() + "x", good.job(), good.submit(), good.body(), good.at());
      forged.put("one at an address that we have not given", callback(elsewhere, recording.signature.headers(elsewhere), 404));
    }
    return forged;
  }

  private String keysAreMissing() {
    return script.unrecorded().isEmpty() ? "" : " Nothing is recorded for " + script.unrecorded()
        + "; where the provider tells its keys, add .on(Stage.OTHER, \"GET /…\", json(\"${keys}\")), or ${secret} in its place.";
  }

  private Letter letter(Play play, Instant at) {
    Sent submit = Sent.of(play.requests(Stage.SUBMIT).get(0).seen());
    return new Letter(OURS + path(play), play.id(), submit, script.rendered(recording.callback, play), at);
  }

  private String path(Play play) {
    if (isOfAccount()) {
      return ADDRESS + recording.type.word();
    }
    Seen seen = play.requests(Stage.SUBMIT).get(0).seen();
    Sent submit = Sent.of(seen);
    String place = recording.callbackPlace;
    assertFalse(submit.all(place).isEmpty(), () -> "the submit asks for no callback, which needs task.callbackUrl(): " + submit.missing(place));
    String url = submit.at(place);
    assertTrue(url.startsWith(OURS + ADDRESS), () -> "the submit asks for no callback at " + place + ", which needs task.callbackUrl(): " + text(seen));
    return url.substring(OURS.length());
  }

  private static String text(Seen submit) {
    return URLDecoder.decode(submit.uri(), StandardCharsets.UTF_8) + "\n" + submit.body();
  }

  private boolean isKnown(Play play) {
    return play.id() != null && (isOfAccount()
        ? "1".equals(TestServers.ask(node.database, "SELECT count(*) FROM account_job WHERE external_id = '" + play.id() + "'"))
        : play.id().equals(node.get("/v1/tasks/" + play.task).json().getString("external_id")));
  }

  /** Asking is itself the wait. */
  private static void until(String what, BooleanSupplier is) {
    Instant end = Instant.now().plus(LONGEST);
    while (!is.getAsBoolean()) {
      assertTrue(Instant.now().isBefore(end), () -> "not within " + LONGEST.toSeconds() + " s: " + what);
    }
  }

  private static Callback callback(Letter letter, Map<String, String> headers, int answer) {
    List<String> flat = new ArrayList<>();
    headers.forEach((name, value) -> flat.addAll(List.of(name, value)));
    return new Callback(letter.url().substring(OURS.length()), letter.body(), flat.toArray(String[]::new), answer);
  }

  private record Callback(String path, String body, String[] headers, int refusal) {

    private TestNode.Answer to(TestNode node) {
      return node.post(path, body, headers);
    }
  }
}
