package dev.computeserver.conformance;

import static dev.computeserver.support.FakeProvider.cut;
import static dev.computeserver.support.FakeProvider.cutInTheMiddle;
import static dev.computeserver.support.FakeProvider.hang;
import static dev.computeserver.support.FakeProvider.reply;

import dev.computeserver.conformance.Recording.Stage;
import dev.computeserver.support.FakeProvider.Behaviour;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** All days that a provider's recording allows. */
final class Days {
  private static final Behaviour PAGE = reply(200, "text/html", Buffer.buffer("<html><body>Welcome</body></html>"));

  private final Recording recording;
  private final String key;
  private final String elsewhere;
  private final List<Day> days = new ArrayList<>();

  private Days(Recording recording, String key, String elsewhere) {
    this.recording = recording;
    this.key = key;
    this.elsewhere = elsewhere;
  }

  static List<Day> of(Recording recording, String key, String elsewhere) {
    Days all = new Days(recording, key, elsewhere);
    all.cancels();
    all.deadlines();
    all.refusals();
    all.unknownSubmits();
    all.looks(Stage.CHECK);
    all.looks(Stage.RESULT);
    all.files();
    all.recorded();
    all.refusalsForNow();
    return all.days;
  }

  private boolean has(Stage stage) {
    return recording.has(stage);
  }

  private Day day(String name) {
    Day day = Day.of(name);
    days.add(day);
    return day;
  }

  private Behaviour redirect() {
    return redirect("/stolen");
  }

  private Behaviour redirect(String path) {
    return reply(302, "", "Location", elsewhere + path);
  }

  private Behaviour saysKey(int status) {
    return reply(status, new JsonObject().put("detail", "not with " + key).encode());
  }

  private Behaviour limit(int seconds) {
    return reply(429, "{}", "Retry-After", String.valueOf(seconds));
  }

  private void cancels() {
    day("cancel-submitting").at(Stage.SUBMIT, Day.FOREVER, hang()).cancelledAt(Stage.SUBMIT).charged("unknown");
    if (has(Stage.CHECK)) {
      day("cancel-running").runningOn().cancelledAt(Stage.CHECK).charged("yes", "no", "unknown");
    }
    if (has(Stage.CANCEL)) {
      day("cancel-lost").runningOn().at(Stage.CANCEL, 1, cut()).cancelledAt(Stage.CHECK).charged("yes", "no", "unknown");
    }
  }

  private void deadlines() {
    day("deadline-submitting").at(Stage.SUBMIT, Day.FOREVER, hang()).asking("timeout_seconds", 5).fails("deadline_exceeded").charged("unknown");
    if (has(Stage.CHECK)) {
      day("deadline-running").runningOn().asking("timeout_seconds", 7).fails("deadline_exceeded").charged("unknown");
    }
  }

  private void refusals() {
    Map<Integer, String> codes = new LinkedHashMap<>(Map.of(400, "invalid_input", 401, "provider_auth", 402, "provider_quota", 404, "invalid_input"));
    codes.forEach((status, usual) -> {
      String code = recording.means.getOrDefault(Stage.SUBMIT + " " + status, usual);
      // A model that we have chosen and that is not there is no fault of the client's.
      String[] codesOf = status == 404 ? new String[] {code, "provider_failed"} : new String[] {code};
      aboutAccount(day("submit-" + status).at(Stage.SUBMIT, Day.FOREVER, saysKey(status)).fails(codesOf).charged("no"), code);
    });
    day("submit-redirect").at(Stage.SUBMIT, Day.FOREVER, redirect()).fails("provider_failed").charged("no");
  }

  private static void aboutAccount(Day day, String code) {
    if (code.equals("provider_auth") || code.equals("provider_quota")) {
      day.alone();
    }
  }

  /** The last one leaves the gate shut. */
  private void refusalsForNow() {
    for (int status : recording.tookNothing) {
      day("submit-" + status).at(Stage.SUBMIT, 1, reply(status, "{}")).submits(2).alone();
    }
    day("submit-early").at(Stage.SUBMIT, 1, reply(425, "{}")).submits(2).alone();
    day("submit-limited").at(Stage.SUBMIT, 1, limit(1)).submits(2).alone();
    day("cancel-refused").at(Stage.SUBMIT, Day.FOREVER, limit(2)).cancelledAt(Stage.SUBMIT).charged("no").attempts(0, 1).alone();
    day("deadline-refused").at(Stage.SUBMIT, Day.FOREVER, limit(60)).asking("timeout_seconds", 6).fails("deadline_exceeded")
        .attempts(0).alone();
  }

  private void unknownSubmits() {
    for (int status : List.of(408, 500, 503)) {
      if (!recording.tookNothing.contains(status)) {
        unknown(String.valueOf(status), reply(status, "{}"));
      }
    }
    unknown("cut", cut());
    unknown("hang", hang());
    unreadable("cut-midway", cutInTheMiddle());
    unreadable("page", PAGE);
    unreadable("empty", reply(200, ""));
    unreadable("list", reply(200, "[]"));
    unreadable("fieldless", reply(200, "{}"));
    day("submit-again").at(Stage.SUBMIT, 1, cut()).asking("on_submission_unknown", "resubmit").charged("unknown").submits(2).attempts(2);
    if (recording.notFoundReply != null) {
      day("submit-found").at(Stage.SUBMIT, 1, cut()).taken();
    }
  }

  private void unknown(String name, Behaviour bad) {
    day("submit-" + name).at(Stage.SUBMIT, Day.FOREVER, bad).fails("submission_unknown").charged("unknown");
  }

  /** Where the reply to a submit is the whole result, one that can be read and lacks it is the provider's failure. */
  private void unreadable(String name, Behaviour bad) {
    Day day = day("submit-" + name).at(Stage.SUBMIT, Day.FOREVER, bad);
    if (has(Stage.CHECK)) {
      day.fails("submission_unknown").charged("unknown");
    } else {
      day.asking("max_attempts", 1).fails("submission_unknown", "provider_failed").charged("unknown", "yes");
    }
  }

  private void looks(Stage stage) {
    if (!has(stage)) {
      return;
    }
    String at = stage.name().toLowerCase(Locale.ROOT) + "-";
    Map<String, Behaviour> passing = new LinkedHashMap<>();
    passing.put("cut", cut());
    passing.put("cut-midway", cutInTheMiddle());
    passing.put("408", reply(408, ""));
    passing.put("429", limit(1));
    passing.put("500", reply(500, ""));
    passing.put("503", reply(503, "<html>"));
    passing.put("page", PAGE);
    passing.put("empty", reply(200, ""));
    passing.put("list", reply(200, "[]"));
    if (stage == Stage.CHECK) {
      passing.put("fieldless", reply(200, "{}"));
    } else {
      day(at + "fieldless").at(stage, Day.FOREVER, reply(200, "{}")).fails("provider_failed").orCompletes()
          .charged("yes", "unknown");
    }
    passing.forEach((name, bad) -> day(at + name).at(stage, 2, bad));
    day(at + "hang").at(stage, 1, hang());
    day(at + "401").at(stage, Day.FOREVER, saysKey(401)).fails("provider_auth").charged("unknown", "no");
    day(at + "404").at(stage, Day.FOREVER, saysKey(404)).fails(recording.means.getOrDefault(stage + " 404", "provider_failed"))
        .charged("unknown", "no");
    day(at + "redirect").at(stage, Day.FOREVER, redirect()).fails("provider_failed").charged("unknown", "no");
    day(at + "garbage").at(stage, Day.FOREVER, PAGE).fails("provider_failed").charged("unknown");
  }

  private void files() {
    if (!has(Stage.FILE)) {
      return;
    }
    day("file-cut").at(Stage.FILE, 2, cut());
    day("file-cut-midway").at(Stage.FILE, 2, cutInTheMiddle());
    day("file-500").at(Stage.FILE, 2, reply(500, ""));
    day("file-empty").at(Stage.FILE, 1, reply(200, ""));
    day("file-page").at(Stage.FILE, 1, PAGE);
    day("file-gone").at(Stage.FILE, Day.FOREVER, reply(410, "")).fails("output_unavailable");
    day("file-redirect").at(Stage.FILE, Day.FOREVER, redirect(Script.MOVED + "day-file-redirect"));
    day("file-redirects").at(Stage.FILE, Day.FOREVER, redirect(Script.MOVED + "on/day-file-redirects")).fails("output_unavailable");
    boolean foreign = recording.routes.stream().map(route -> route.reply().text()).anyMatch(text -> text != null && text.contains("${files}"));
    if (foreign) {
      day("file-private").lying("files", "http://10.255.255.1:9").fails("output_unavailable");
    }
  }

  private static String plain(String words) {
    return words.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
  }

  private static void failure(Day day, Recording.Failure failure) {
    aboutAccount(day, failure.code());
    if (failure.code().equals("provider_rate_limited") && "no".equals(failure.charged())) {
      // Who says it twice is believed; the job is submitted again then, which costs no attempt.
      day.at(failure.stage(), failure.stage() == Stage.SUBMIT ? 1 : 2, failure.reply()).submits(2).alone();
      return;
    }
    day.at(failure.stage(), Day.FOREVER, failure.reply()).asking("max_attempts", 1).fails(failure.code())
        .charged(failure.charged() == null ? "no" : failure.charged());
    if (failure.charged() != null) {
      day.retryable(failure.retryable());
    }
  }

  private void recorded() {
    for (int i = 0; i < recording.failures.size(); i++) {
      Recording.Failure failure = recording.failures.get(i);
      if (!failure.isForNow()) {
        failure(day("failure-" + i + "-" + plain(failure.stage() + " " + failure.reply().status() + " " + failure.code())), failure);
      }
    }
    if (has(Stage.CHECK) && recording.route(Stage.SUBMIT).reply().text().contains("${base}")) {
      day("links-elsewhere").lying("base", elsewhere);
    }
  }
}
