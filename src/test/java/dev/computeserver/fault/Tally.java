package dev.computeserver.fault;

import io.vertx.core.json.JsonObject;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What became of all that was accepted.
 *
 * @param lost accepted, and neither completed nor failed nor cancelled
 * @param twice submitted twice, or stored twice for one request
 * @param unknown failed since nobody could tell whether the provider had the job
 * @param missing events that each watcher missed, or saw out of order
 * @param hooksMissing tasks whose end no webhook has told
 * @param unclear answers to a submit that are neither an accept nor a wish to come back, with the time when
 */
record Tally(int accepted, int failed, int lost, int twice, int unknown, List<Integer> missing, int hooksMissing, int unclear) {

  static Tally of(Store store, Load load, Hooks hooks, List<Watcher> watchers, JsonObject counts) throws Exception {
    Map<String, String> statuses = new HashMap<>();
    store.rows("SELECT id, status FROM task").forEach(row -> statuses.put(row.get(0), row.get(1)));
    int lost = 0;
    int failed = 0;
    int twice = Math.max(0, statuses.size() - load.accepted.size());
    int hooksMissing = 0;
    for (Map.Entry<String, Load.Wish> each : load.accepted.entrySet()) {
      String status = statuses.getOrDefault(each.getKey(), "");
      lost += Set.of("completed", "failed", "cancelled").contains(status) ? 0 : 1;
      failed += status.equals("failed") ? 1 : 0;
      twice += counts.getInteger(each.getValue().prompt(), 0) > 1 ? 1 : 0;
      hooksMissing += each.getValue().hooked() && !hooks.told.contains(each.getKey()) ? 1 : 0;
    }
    int unknown = store.rows("SELECT 1 FROM task WHERE status = 'failed' AND error LIKE '%submission_unknown%'").size();
    return new Tally(load.accepted.size(), failed, lost, twice, unknown, missing(store, watchers), hooksMissing, load.unclear.get());
  }

  private static List<Integer> missing(Store store, List<Watcher> watchers) throws Exception {
    List<Integer> missing = new ArrayList<>();
    Map<String, Integer> newest = newest(store);
    for (Watcher watcher : watchers) {
      Watcher.Report report = watcher.report().get(10, TimeUnit.SECONDS);
      int unseen = newest.entrySet().stream().mapToInt(each -> Math.max(0, each.getValue() - report.seqs().getOrDefault(each.getKey(), 0))).sum();
      newest.forEach((task, seq) -> tell(task, report.seqs().getOrDefault(task, 0), seq));
      missing.add(unseen + report.gaps() + report.unordered() + report.unrecovered());
      if (missing.get(missing.size() - 1) > 0) {
        System.err.println("A watcher has not seen " + unseen + " events, met " + report.gaps() + " gaps and " + report.unordered()
            + " events out of order, and was " + report.unrecovered() + " times not recovered");
      }
    }
    return missing;
  }

  private static void tell(String task, int seen, int newest) {
    if (seen < newest) {
      System.err.println("Of task " + task + " a watcher has seen the events up to seq " + seen + " of " + newest);
    }
  }

  private static Map<String, Integer> newest(Store store) throws SQLException {
    Map<String, Integer> newest = new HashMap<>();
    store.rows("SELECT task_id, max(seq) FROM task_event GROUP BY 1").forEach(row -> newest.put(row.get(0), Integer.parseInt(row.get(1))));
    return newest;
  }

  boolean sound() {
    return lost == 0 && twice == 0 && hooksMissing == 0 && unclear == 0 && missing.stream().allMatch(each -> each == 0);
  }
}
