package dev.computeserver.fuzz;

import static dev.computeserver.fuzz.Change.object;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.TestNode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replies of a provider, changed once or for ever at one step of a job: the task ends in any case, and the job that was taken is never
 * submitted again.
 */
final class Replies implements Kind {
  private static final Pattern NAME = Pattern.compile("case-[0-9a-f]+");
  private static final byte[] PIXEL = Base64.getDecoder()
      .decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==");
  private static final List<String> STEPS = List.of("submit", "status", "result", "file");
  private static final int AT_ONCE = 64;

  private final Map<String, Played> played = new ConcurrentHashMap<>();
  private FakeProvider provider;
  private TestNode node;

  /** What plays the provider: fal, whose address the node must know. */
  Behaviour answer(Seen seen) {
    Matcher name = NAME.matcher(seen.uri() + seen.body());
    Played job = name.find() ? played.get(name.group()) : null;
    if (job == null) {
      return FakeProvider.reply(404, "{\"detail\":\"unknown\"}");
    }
    String path = seen.path();
    String step = seen.method().equals("POST") ? "submit" : path.endsWith("/status") ? "status" : path.startsWith("/files/") ? "file" : "result";
    if (seen.method().equals("PUT")) {
      return FakeProvider.reply(400, "{\"status\":\"ALREADY_COMPLETED\"}");
    }
    job.submits += step.equals("submit") ? 1 : 0;
    boolean bad = step.equals(job.step) && job.left-- > 0;
    if (step.equals("file")) {
      return FakeProvider.reply(200, "image/png", bad ? Buffer.buffer(Change.apply(object("error", "x"), job.changes)) : Buffer.buffer(PIXEL));
    }
    byte[] good = Change.apply(reply(step, job.name), bad ? job.changes : List.of());
    return FakeProvider.reply(200, "application/json", Buffer.buffer(good));
  }

  private Map<String, Object> reply(String step, String name) {
    String job = provider.baseUrl() + "/fal-ai/flux/requests/" + name;
    return switch (step) {
      case "submit" -> object("status", "IN_QUEUE", "request_id", name, "queue_position", 0, "response_url", job, "status_url", job + "/status",
          "cancel_url", job + "/cancel");
      case "status" -> object("status", "COMPLETED", "request_id", name, "queue_position", 0, "logs", List.of(object("message", "50%|", "level", "INFO")),
          "metrics", object("inference_time", 1.5));
      default -> object("images", List.of(object("url", provider.baseUrl() + "/files/" + name, "width", 1, "height", 1, "content_type", "image/png")),
          "timings", object("inference", 0.5), "seed", 7, "has_nsfw_concepts", List.of(false), "prompt", "x");
    };
  }

  void at(FakeProvider fake, TestNode running) {
    provider = fake;
    node = running;
  }

  @Override
  public String name() {
    return "replies";
  }

  @Override
  public List<String> run(List<Case> cases) {
    List<String> complaints = new ArrayList<>();
    for (int from = 0; from < cases.size(); from += AT_ONCE) {
      complaints.addAll(together(cases.subList(from, Math.min(cases.size(), from + AT_ONCE))));
    }
    return complaints;
  }

  private List<String> together(List<Case> cases) {
    List<String> ids = new ArrayList<>();
    List<Played> jobs = new ArrayList<>();
    for (Case each : cases) {
      Random random = each.random();
      Played job = new Played("case-" + Long.toHexString(random.nextLong() ^ System.nanoTime()), STEPS.get(random.nextInt(STEPS.size())), each.changes(),
          random.nextBoolean() ? 1 : Integer.MAX_VALUE);
      played.put(job.name, job);
      jobs.add(job);
      JsonObject task = new JsonObject().put("capability", "image_generation").put("provider", "fal_standard").put("max_attempts", 1)
          .put("timeout_seconds", 10).put("input", new JsonObject().put("prompt", job.name));
      ids.add(node.post("/v1/tasks", task).json().getString("id"));
    }
    List<String> complaints = new ArrayList<>();
    for (int i = 0; i < ids.size(); i++) {
      complaints.add(complaint(node.get("/v1/tasks/" + ids.get(i) + "?wait_seconds=60").json(), jobs.get(i)));
      played.remove(jobs.get(i).name);
    }
    return complaints;
  }

  private static String complaint(JsonObject task, Played job) {
    String status = task.getString("status");
    if (!List.of("completed", "failed", "cancelled").contains(String.valueOf(status))) {
      return job.step + ": not ended within a minute: " + task;
    }
    if (job.submits != 1) {
      return job.step + ": submitted " + job.submits + " times";
    }
    boolean internal = task.getJsonObject("error") != null && "internal".equals(task.getJsonObject("error").getString("code"));
    boolean notCharged = status.equals("failed") && !job.step.equals("submit") && "no".equals(task.getJsonArray("attempts").getJsonObject(0).getString("charged"));
    return internal ? job.step + ": the server made a mistake: " + task : notCharged ? job.step + ": told as not charged: " + task.getJsonArray("attempts") : null;
  }

  /** One job at the provider. */
  private static final class Played {
    private final String name;
    private final String step;
    private final List<Change> changes;
    private volatile int left;
    private volatile int submits;

    Played(String name, String step, List<Change> changes, int left) {
      this.name = name;
      this.step = step;
      this.changes = changes;
      this.left = left;
    }
  }

  /** Settings of a node that has this provider and loses no time. */
  static Map<String, String> settings(String baseUrl) {
    Map<String, String> settings = new HashMap<>();
    settings.put("FAL_KEY", "fuzz");
    settings.put("COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", baseUrl);
    settings.put("COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_FIRST_MS", "10");
    settings.put("COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_MIN_MS", "10");
    settings.put("COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_MAX_MS", "200");
    settings.put("COMPUTE_TASKS_RECONCILE_SECONDS", "1");
    settings.put("COMPUTE_OUTPUTS_TIMEOUT_SECONDS", "2");
    return settings;
  }
}
