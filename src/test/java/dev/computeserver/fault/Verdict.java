package dev.computeserver.fault;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Waits until everything has ended, counts, and says whether all promises were kept. */
final class Verdict {
  private static final Set<String> TERMINAL = Set.of("completed", "failed", "cancelled");
  private static final int MOST_FILES = 200;

  private final Store store;
  private final Load load;
  private final Hooks hooks;
  private final List<Watcher> watchers;
  private final Function<String, JsonObject> provider;
  private final List<ClusterNode> nodes;
  private final List<String> lines = new ArrayList<>();
  private boolean sound = true;

  Verdict(Store store, Load load, Hooks hooks, List<Watcher> watchers, Function<String, JsonObject> provider, List<ClusterNode> nodes) {
    this.store = store;
    this.load = load;
    this.hooks = hooks;
    this.watchers = watchers;
    this.provider = provider;
    this.nodes = nodes;
  }

  /** Waits for all nodes to serve again, the last accept, the last task, the last event at each watcher and the last webhook, up to {@code seconds}. */
  void settle(int seconds) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (System.nanoTime() < deadline && !settled()) {
      TimeUnit.MILLISECONDS.sleep(500);
    }
  }

  private boolean settled() throws Exception {
    for (ClusterNode node : nodes) {
      node.startAgainIfEnded();
      if (!node.ready()) {
        return false;
      }
    }
    if (load.open.get() > 0 || !hooks.told.containsAll(hooked())
        || !store.rows("SELECT 1 FROM task WHERE status IN ('queued', 'processing') LIMIT 1").isEmpty()) {
      return false;
    }
    for (Watcher watcher : watchers) {
      if (!watcher.report().get(10, TimeUnit.SECONDS).ended().containsAll(load.accepted.keySet())) {
        return false;
      }
    }
    return true;
  }

  private Set<String> hooked() {
    Set<String> hooked = new HashSet<>();
    load.accepted.forEach((id, wish) -> {
      if (wish.hooked()) {
        hooked.add(id);
      }
    });
    return hooked;
  }

  boolean print(Options options, Chaos chaos, Takeovers takeovers, boolean networkCut, long seconds) throws Exception {
    say("seed, seconds, tasks a second", options.seed() + ", " + seconds + ", " + options.rate());
    say("nodes killed (SIGKILL)", chaos.count(Chaos.Kind.KILL));
    for (Chaos.Kind kind : Chaos.Kind.values()) {
      if (kind != Chaos.Kind.KILL) {
        boolean skipped = kind == Chaos.Kind.NETWORK_CUT && !networkCut;
        say(kind.name().toLowerCase().replace('_', ' '), skipped ? "0 (needs root)" : String.valueOf(chaos.count(kind)));
      }
    }
    must("orderly stops slower than 30 s", chaos.slowStops(), 0);
    tasks();
    say("tasks taken over from killed nodes", takeovers.count());
    say("takeover time: median, longest", seconds(takeovers.within(0.5)) + ", " + seconds(takeovers.within(1)));
    say("the same without the time in which no node served",
        seconds(takeovers.servedWithin(0.5)) + ", " + seconds(takeovers.servedWithin(1)));
    must("tasks not taken over within 90 s", takeovers.left(), 0);
    watched();
    Set<String> missing = hooked();
    missing.removeAll(hooks.told);
    say("webhooks due, received more than once", hooked().size() + ", " + hooks.deliveries.values().stream().filter(times -> times > 1).count());
    must("webhooks missing", missing.size(), 0);
    System.out.println("\n| | |\n| --- | ---: |\n" + String.join("\n", lines) + "\n");
    System.out.println(sound ? "Sound: nothing lost, nothing submitted twice, nothing missed." : "NOT SOUND: see the lines with an exclamation mark.");
    return sound;
  }

  private void tasks() throws SQLException, IOException, InterruptedException {
    Map<String, String[]> states = new HashMap<>();
    store.rows("SELECT id, status, error FROM task").forEach(row -> states.put(row.get(0), new String[] {row.get(1), row.get(2)}));
    Map<String, Integer> ends = new TreeMap<>();
    load.accepted.keySet().forEach(id -> ends.merge(states.containsKey(id) ? states.get(id)[0] : "unknown to the store", 1, Integer::sum));
    say("tasks accepted (requests sent again)", load.accepted.size() + " (" + load.resent.get() + ")");
    say("ended as", ends.toString().replaceAll("[{}]", ""));
    long lost = load.accepted.keySet().stream().filter(id -> !states.containsKey(id) || !TERMINAL.contains(states.get(id)[0])).count();
    must("accepted and lost", lost, 0);
    must("stored more than once for one accepted request", store.rows("SELECT 1 FROM task").size() - load.accepted.size(), 0);
    submissions(states);
    files(states);
  }

  /** What the provider has counted against what the server says. */
  private void submissions(Map<String, String[]> states) throws SQLException {
    JsonObject counts = provider.apply("/counts");
    JsonObject unanswered = provider.apply("/unanswered");
    int found = 0;
    int unansweredTasks = 0;
    Map<Integer, Integer> times = new TreeMap<>();
    int twice = 0;
    int untold = 0;
    int unknown = 0;
    Map<String, String> charged = new HashMap<>();
    store.rows("SELECT task_id, string_agg(charged, ',') FROM attempt GROUP BY 1").forEach(row -> charged.put(row.get(0), row.get(1)));
    for (Map.Entry<String, Load.Wish> each : load.accepted.entrySet()) {
      int submitted = counts.getInteger(each.getValue().prompt(), 0);
      times.merge(submitted, 1, Integer::sum);
      twice += submitted > 1 ? 1 : 0;
      String[] state = states.getOrDefault(each.getKey(), new String[] {"", ""});
      boolean lost = unanswered.containsKey(each.getValue().prompt());
      unansweredTasks += lost ? 1 : 0;
      found += lost && !state[0].equals("failed") ? 1 : 0;
      boolean reported = state[1] != null && state[1].contains("submission_unknown");
      unknown += reported ? 1 : 0;
      String told = charged.getOrDefault(each.getKey(), "");
      untold += submitted > 0 && !told.contains("yes") && !told.contains("unknown") ? 1 : 0;
    }
    say("jobs accepted by the provider for each task (jobs: tasks)", times.toString().replaceAll("[{}]", "").replace("=", ": "));
    must("tasks submitted twice", twice, 0);
    say("jobs accepted without an answer to their submit; of these found again", unansweredTasks + "; " + found);
    say("submits that the provider dropped unread while it was away", provider.apply("/dropped").getInteger("submits"));
    say("submissions reported as unknown", unknown);
    must("jobs accepted by the provider and told as not charged", untold, 0);
  }

  private void files(Map<String, String[]> states) throws IOException, InterruptedException {
    HttpClient http = HttpClient.newHttpClient();
    List<ClusterNode> ready = nodes.stream().filter(ClusterNode::ready).toList();
    must("nodes that do not serve at the end", nodes.size() - ready.size(), 0);
    int bad = 0;
    int looked = 0;
    for (String id : load.accepted.keySet()) {
      if (!ready.isEmpty() && looked < MOST_FILES && states.containsKey(id) && states.get(id)[0].equals("completed")) {
        looked++;
        HttpResponse<byte[]> file = http.send(HttpRequest.newBuilder(ready.get(looked % ready.size()).uri("/v1/tasks/" + id + "/outputs/0")).build(),
            HttpResponse.BodyHandlers.ofByteArray());
        bad += file.statusCode() == 200 && file.body().length == 4_096 ? 0 : 1;
      }
    }
    must("of " + looked + " outputs, missing or short", bad, 0);
  }

  private void watched() throws Exception {
    Map<String, Integer> stored = new HashMap<>();
    store.rows("SELECT task_id, max(seq) FROM task_event GROUP BY 1").forEach(row -> stored.put(row.get(0), Integer.parseInt(row.get(1))));
    List<List<String>> holes = store.rows("SELECT task_id FROM task_event GROUP BY 1 HAVING count(*) <> max(seq) OR count(DISTINCT seq) <> count(*)");
    must("histories with a hole or a double", holes.size(), 0);
    List<String> missing = new ArrayList<>();
    List<String> unordered = new ArrayList<>();
    List<String> resumed = new ArrayList<>();
    long faults = 0;
    for (Watcher watcher : watchers) {
      Watcher.Report report = watcher.report().get(10, TimeUnit.SECONDS);
      long unseen = stored.entrySet().stream().mapToLong(each -> Math.max(0, each.getValue() - report.seqs().getOrDefault(each.getKey(), 0))).sum();
      faults += unseen + report.gaps() + report.unordered() + report.unrecovered();
      missing.add(String.valueOf(unseen + report.gaps()));
      unordered.add(String.valueOf(report.unordered()));
      resumed.add(String.valueOf(report.resumed()));
    }
    say("events", stored.values().stream().mapToInt(Integer::intValue).sum());
    say("for each watcher: connections resumed", String.join(", ", resumed));
    say("for each watcher: events missing", String.join(", ", missing));
    say("for each watcher: events out of order or double", String.join(", ", unordered));
    must("events missing or out of order", faults, 0);
  }

  private void say(String what, Object value) {
    lines.add("| " + what + " | " + value + " |");
  }

  private void must(String what, long value, long wanted) {
    sound &= value == wanted;
    lines.add("| **" + what + "** | " + value + (value == wanted ? "" : " (!)") + " |");
  }

  private static String seconds(long millis) {
    return String.format("%.1f s", millis / 1_000.0);
  }
}
