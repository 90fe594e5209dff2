package dev.computeserver.conformance;

import dev.computeserver.conformance.Recording.Recorded;
import dev.computeserver.conformance.Recording.Route;
import dev.computeserver.conformance.Recording.Stage;
import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Seen;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Plays all days of a recording side by side: a submit belongs to the day that its body names, and what follows to the
 * day whose job it names.
 */
final class Script implements Function<Seen, Behaviour> {
  /** Below this path of the second origin is the file of each day, and what leads on to itself. */
  static final String MOVED = "/moved/";

  private static final Pattern DAY = Pattern.compile("day-[a-z0-9-]*[a-z0-9]");
  private static final Pattern STATE = Pattern.compile("(?i)\"\\w*(status|state)\"\\s*:\\s*\"[^\"]*\"");
  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([a-z]+)(?::([^}]*))?}");

  private final Recording recording;
  private final Map<String, Play> plays = new LinkedHashMap<>();
  private final Map<String, Play> jobs = new LinkedHashMap<>();
  private final Set<String> unrecorded = new TreeSet<>();
  private final Set<String> misplaced = new TreeSet<>();
  private FakeProvider provider;

  Script(Recording recording) {
    this.recording = recording;
  }

  void at(FakeProvider fake) {
    provider = fake;
  }

  synchronized Play add(Day day) {
    Play play = new Play(day);
    plays.put(day.name, play);
    return play;
  }

  synchronized Play play(String day) {
    return plays.get(day);
  }

  @Override
  public synchronized Behaviour apply(Seen seen) {
    if (seen.elsewhere() && seen.path().startsWith(MOVED)) {
      return seen.path().startsWith("on/", MOVED.length()) ? FakeProvider.reply(307, "", "Location", seen.uri()) : plain(recording.route(Stage.FILE).reply());
    }
    Route route = recording.routes.stream().filter(each -> each.fits(seen.method(), seen.path(), seen.uri())).findFirst().orElse(null);
    if (route == null) {
      unrecorded(seen);
      return FakeProvider.reply(404, "{\"detail\":\"nothing is recorded for " + seen.method() + " " + seen.path() + "\"}");
    }
    try {
      return answer(route, seen);
    } catch (AssertionError nothingThere) {
      misplaced.add(recording + ", at " + route.stage() + ": " + nothingThere.getMessage());
      return FakeProvider.reply(404, "{\"detail\":\"a place of the recording is wrong\"}");
    }
  }

  private Behaviour answer(Route route, Seen seen) {
    Play play = playOf(seen);
    boolean lost = route.stage() == Stage.CHECK && (play == null ? recording.findsByCheck : !play.accepted);
    if (route.stage() == Stage.FIND || lost) {
      return lookedFor(route, play, seen);
    }
    if (play == null) {
      return route.stage() == Stage.OTHER ? plain(aboutNone(route.reply())) : FakeProvider.reply(404, "{\"detail\":\"no such job\"}");
    }
    play.took(route.stage(), seen);
    Behaviour bad = play.bad(route.stage(), recording);
    boolean submit = route.stage() == Stage.SUBMIT;
    if (submit && (bad == null || play.day.found)) {
      accept(play, seen);
    }
    play.cancelled |= route.stage() == Stage.CANCEL && bad == null;
    if (route.stage() == Stage.CHECK || route.stage() == Stage.RESULT) {
      play.look = seen.method() + " " + seen.path();
      play.told = bad == null ? play.script(route, recording) : play.day.recorded;
    }
    return bad == null ? rendered(play.script(route, recording), play, play.shape(route.stage())) : bad;
  }

  private void unrecorded(Seen seen) {
    // A channel is besides: without it the job is looked at all the same.
    if (!seen.elsewhere() && !seen.headers().containsKey("upgrade")) {
      unrecorded.add(seen.method() + " " + (playOf(seen) == null ? seen.path() : seen.path().replace(String.valueOf(playOf(seen).id), "${id}")));
    }
  }

  /** What the job that never ended was last told to be, and the word in it that the processor has not read as an end. */
  synchronized String neverEnded(Play play) {
    if (play.look == null) {
      return "it was never looked at: the processor's submit(…) must read the reply to " + Stage.SUBMIT + " into a job or a result";
    }
    if (play.told == null || play.told.text() == null) {
      return "its last look was " + play.look;
    }
    String text = rendered(play.told.text(), play);
    List<String> words = STATE.matcher(text).results().map(MatchResult::group).toList();
    return "its last look, " + play.look + ", was answered " + play.told.status() + " " + text + "\n"
        + (words.isEmpty() ? "no field of that is called a status or a state, and check(…) has not read it as an end"
        : "check(…) has not read " + String.join(", ", words) + " as an end: the processor must know the word");
  }

  /** What the provider was asked for and the recording does not know. */
  synchronized Set<String> unrecorded() {
    return Set.copyOf(unrecorded);
  }

  /** The places that the recording names and the submit does not have, with what to write instead. */
  synchronized Set<String> misplaced() {
    return Set.copyOf(misplaced);
  }

  /** What is wrong, behind what the recording lacks, which is likely why. */
  AssertionError explained(AssertionError wrong) {
    Set<String> lacking = new TreeSet<>(misplaced());
    unrecorded().forEach(request -> lacking.add("nothing is recorded for " + request));
    return lacking.isEmpty() ? wrong : new AssertionError(String.join("\n", lacking) + "\n" + wrong.getMessage(), wrong);
  }

  /** Waits until a day has reached a stage. */
  void await(Play play, Stage stage) {
    try {
      play.await(stage);
    } catch (AssertionError wrong) {
      throw explained(wrong);
    }
  }

  /** A reply about no single job: {@code ${keys}} and {@code ${secret}} are those of callbacks, {@code ${queue}} becomes an item of ComfyUI's queue for each that was accepted and not cancelled. */
  private Recorded aboutNone(Recorded reply) {
    String items = plays.values().stream().filter(play -> play.accepted && !play.cancelled).map(play -> "[1,\"" + play.id + "\",{},{},[]]")
        .collect(Collectors.joining(","));
    String keys = recording.signature == null ? "" : recording.signature.keySet().encode();
    return reply.text() == null ? reply : new Recorded(reply.status(), reply.contentType(),
        reply.text().replace("${queue}", items).replace("${keys}", keys).replace("${secret}", CallbackSignature.SECRET), null);
  }

  private void accept(Play play, Seen submit) {
    play.request = Sent.of(submit);
    play.id = recording.clientId == null ? UUID.randomUUID().toString() : play.request.at(recording.clientId);
    play.accepted = true;
    jobs.put(play.id, play);
  }

  private Behaviour lookedFor(Route route, Play play, Seen seen) {
    Play lost = play != null || recording.findsByCheck ? play : plays.values().stream().filter(each -> each.day.found && !each.day.unlisted && each.accepted).findFirst().orElse(null);
    if (play != null) {
      play.took(Stage.FIND, seen);
    }
    boolean listed = lost != null && lost.day.found && !lost.day.unlisted && lost.accepted;
    return listed ? rendered(route.reply(), lost, FakeProvider::reply) : plain(recording.notFoundReply);
  }

  private Play playOf(Seen seen) {
    String all = seen.uri() + "\n" + seen.body().toString("ISO-8859-1");
    for (Map.Entry<String, Play> job : jobs.entrySet()) {
      if (all.contains(job.getKey())) {
        return job.getValue();
      }
    }
    Matcher named = DAY.matcher(all);
    return named.find() ? plays.get(named.group()) : null;
  }

  private Behaviour rendered(Recorded reply, Play play, Day.Shape shape) {
    return shape.of(reply.status(), reply.contentType(), reply.bytes() != null ? reply.bytes() : Buffer.buffer(rendered(reply.text(), play)));
  }

  /** A text with its placeholders filled in for a day. */
  String rendered(String text, Play play) {
    return PLACEHOLDER.matcher(text).replaceAll(found -> Matcher.quoteReplacement(play.day.lies.getOrDefault(found.group(1),
        switch (found.group(1)) {
          case "id" -> String.valueOf(play.id);
          case "base" -> provider.baseUrl();
          case "files" -> provider.elsewhere();
          case "day" -> play.day.name;
          case "request" -> found.group(2) == null ? play.request.json() : play.request.at(found.group(2));
          default -> found.group();
        })));
  }

  static Behaviour plain(Recorded reply) {
    return FakeProvider.reply(reply.status(), reply.contentType(), reply.bytes() == null ? Buffer.buffer(reply.text()) : reply.bytes());
  }

  /** One day being played. */
  static final class Play {
    final Day day;
    String task;
    private final List<Took> took = new ArrayList<>();
    private int left;
    /** The last request about the job, and its reply where it is from the recording. */
    private String look;
    private Recorded told;
    private boolean accepted;
    private boolean cancelled;
    private volatile String id;
    private Sent request;

    private Play(Day day) {
      this.day = day;
      this.left = day.times;
    }

    private synchronized void took(Stage stage, Seen seen) {
      took.add(new Took(stage, seen, System.nanoTime()));
      notifyAll();
    }

    private Behaviour bad(Stage stage, Recording recording) {
      if (day.untilRenewed) {
        boolean renewed = requests(recording.has(Stage.RESULT) ? Stage.RESULT : Stage.CHECK).size() > 1;
        return stage == day.stage && !renewed ? day.bad : null;
      }
      return day.bad != null && day.stage == stage && left-- > 0 ? day.bad : null;
    }

    private Day.Shape shape(Stage stage) {
      return day.shape != null && day.stage == stage && left-- > 0 ? day.shape : FakeProvider::reply;
    }

    private Recorded script(Route route, Recording recording) {
      if (!day.runsOn) {
        return route.reply();
      }
      if (!cancelled) {
        return route.stage() == Stage.CHECK ? recording.runningReply : route.reply();
      }
      return recording.cancelled.getOrDefault(route.stage(), route.reply());
    }

    /** The job's id at the provider. */
    String id() {
      return id;
    }

    /** What came for a stage on this day, first to last. */
    synchronized List<Took> requests(Stage stage) {
      return took.stream().filter(each -> each.stage == stage).toList();
    }

    /** From now on the day is a good one. */
    void brighten() {
      left = 0;
    }

    /** Waits until a stage is reached. */
    synchronized void await(Stage stage) {
      long until = System.nanoTime() + 30_000_000_000L;
      try {
        while (took.stream().noneMatch(each -> each.stage == stage)) {
          long millis = (until - System.nanoTime()) / 1_000_000;
          if (millis <= 0) {
            throw new AssertionError(day + ": no request for " + stage + " within 30 s");
          }
          wait(millis);
        }
      } catch (InterruptedException interrupted) {
        throw new IllegalStateException(interrupted);
      }
    }
  }

  /** A request of a day. */
  record Took(Stage stage, Seen seen, long nanos) {
  }
}
