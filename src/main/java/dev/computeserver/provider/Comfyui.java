package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A ComfyUI server of one's own. A model is the name of a workflow; the job's id is ours, so that a lost submit can be found
 * in the server's queue or history, which are in its memory only.
 */
final class Comfyui implements ProviderProcessor {
  private static final Pattern FULL = Pattern.compile("(?i)\\W*queue (is )?full\\W*");
  private final Map<String, ComfyWorkflow> workflows;

  Comfyui(Map<String, ComfyWorkflow> workflows) {
    this.workflows = new TreeMap<>(workflows);
  }

  @Override
  public ProviderType providerType() {
    return ProviderType.COMFYUI;
  }

  /** What there are workflows for. */
  @Override
  public Set<ProviderCapability> capabilities() {
    return workflows.values().stream().map(ComfyWorkflow::capability).collect(Collectors.toUnmodifiableSet());
  }

  /** For a proxy before the server, which itself asks for nothing. */
  @Override
  public Authorization authorization() {
    return new Authorization("Authorization", "Bearer ");
  }

  @Override
  public InputForm inputForm(ProviderCapability capability, String model, String field, JsonObject input) {
    return InputForm.UPLOAD;
  }

  /** The server takes files of all kinds as images. */
  @Override
  public Exchange upload(String field, InputFile file) {
    Multipart parts = new Multipart().file("image", file).text("type", "input").text("subfolder", "compute");
    return Exchange.multipart("/upload/image", parts, reply -> {
      JsonObject json = reply.json();
      String name = Json.required(json, "name");
      String subfolder = Json.text(json, "subfolder", "");
      return new Step.Uploaded(subfolder.isEmpty() ? name : subfolder + "/" + name);
    });
  }

  @Override
  public Exchange submit(Submission task) {
    ComfyWorkflow workflow = workflows.get(task.model());
    if (workflow == null || workflow.capability() != task.capability()) {
      throw InvalidInput.model("must be a workflow for " + task.capability().word() + ", one of " + workflows.values().stream()
          .filter(each -> each.capability() == task.capability()).map(ComfyWorkflow::name).collect(Collectors.joining(", ")));
    }
    String id = task.jobId().toString();
    // The server would not run the same graph again, so without a seed each attempt gets one of its own.
    JsonObject graph = workflow.filled(task.input(), task.jobId().getLeastSignificantBits() >>> 12);
    JsonObject body = new JsonObject().put("prompt", graph).put("prompt_id", id).put("client_id", id)
        .put("extra_data", new JsonObject().put("task_id", task.taskId().toString()))
        .mergeIn(task.options(), true);
    if (!(body.getValue("prompt") instanceof JsonObject whole)) {
      throw InvalidInput.option("prompt", "must be an object of nodes, which are merged into the workflow");
    }
    int nodes = whole.size();
    return Exchange.post("/prompt", body, reply -> {
      JsonObject json = reply.json();
      String wrong = wrong(json);
      return new Step.Waiting(job(Ids.required(json, "prompt_id"), id, nodes),
          wrong.isEmpty() ? null : new JsonObject().put("message", "the server leaves out a part of the workflow" + wrong));
    });
  }

  private static Job job(String id, String client, int nodes) {
    return new Job(id, new JsonObject().put("client", client).put("nodes", nodes));
  }

  @Override
  public Optional<Exchange> find(Submission task, Instant sentAt) {
    String id = task.jobId().toString();
    Job job = job(id, id, 0);
    return Optional.of(Exchange.get("/history/" + id, reply -> reply.json().containsKey(id) ? new Step.Waiting(job, null)
        : new Step.Then(Exchange.get("/queue", queue -> place(job, queue.json()).orElse(new Step.NotFound())))));
  }

  /** In the history, else in the queue, else in the history after all: it may have ended between the two. */
  @Override
  public Exchange check(Job job) {
    return history(job, new Step.Then(Exchange.get("/queue", queue -> place(job, queue.json())
        .orElse(new Step.Then(history(job, new Step.NotFound()))))));
  }

  private static Exchange history(Job job, Step otherwise) {
    return Exchange.get("/history/" + Json.encoded(job.externalId()), reply -> {
      return reply.json().getValue(job.externalId()) instanceof JsonObject entry ? ComfyResult.of(entry) : otherwise;
    });
  }

  /** The step of a job that the queue holds; how many items stand before it is counted, since the list is in no order. */
  private static Optional<Step> place(Job job, JsonObject queue) {
    List<JsonArray> running = items(queue, "queue_running");
    if (running.stream().anyMatch(item -> isOf(job, item))) {
      return Optional.of(new Step.Waiting(job, null));
    }
    List<JsonArray> pending = items(queue, "queue_pending");
    return pending.stream().filter(item -> isOf(job, item)).findFirst().map(own -> {
      long before = pending.stream().filter(item -> number(item) < number(own)).count();
      return new Step.Waiting(job, new JsonObject().put("queue_position", (int) before + running.size()));
    });
  }

  private static double number(JsonArray item) {
    Double number = Json.number(item.getValue(0));
    return number == null ? Double.MAX_VALUE : number;
  }

  private static boolean isOf(Job job, JsonArray item) {
    return job.externalId().equals(item.getValue(1));
  }

  /** Number, id and more of each job; without the list nobody knows whether a job is in it. */
  private static List<JsonArray> items(JsonObject queue, String list) {
    if (!(queue.getValue(list) instanceof JsonArray items)) {
      throw new MissingField(list);
    }
    return items.stream().filter(item -> item instanceof JsonArray parts && parts.size() > 1).map(JsonArray.class::cast).toList();
  }

  @Override
  public Optional<Channel> channel(Job job) {
    return Optional.of(new Channel("/ws?clientId=" + job.data().getString("client"),
        new ComfyProgress(job.externalId(), job.data().getInteger("nodes", 0))));
  }

  /** Out of the queue; where it runs by then, it is interrupted. Old servers interrupt whatever runs, so only then. */
  @Override
  public Optional<Exchange> cancel(Job job) {
    JsonObject delete = new JsonObject().put("delete", JsonArray.of(job.externalId()));
    Step over = new Step.Cancelling(Charged.NO);
    Exchange interrupt = Exchange.post("/interrupt", new JsonObject().put("prompt_id", job.externalId()), reply -> over);
    Exchange running = Exchange.get("/queue", reply -> items(reply.json(), "queue_running").stream().anyMatch(item -> isOf(job, item))
        ? new Step.Then(interrupt) : over);
    return Optional.of(Exchange.post("/queue", delete, reply -> new Step.Then(running)));
  }

  /** Whoever stands before it and keeps its queue short says so in plain words. */
  @Override
  public boolean tookNothing(Reply reply) {
    return ProviderProcessor.super.tookNothing(reply) || Refusal.hasNoRoom(reply) || reply.status() == 503 && FULL.matcher(reply.text(100)).matches();
  }

  @Override
  public Step.Failed refused(Reply reply) {
    JsonObject json = reply.jsonOrEmpty();
    JsonObject error = Json.object(json, "error");
    String details = Json.text(error, "details", "");
    String text = Json.text(error, "message", reply.text(300))
        + (json.getValue("node_errors") instanceof JsonObject ? wrong(json) : details.isEmpty() ? "" : ": " + details);
    return Refusal.byStatus(reply, text.substring(0, Math.min(600, text.length())));
  }

  /** What is wrong with nodes; empty where nothing is. */
  private static String wrong(JsonObject json) {
    JsonObject nodes = Json.object(json, "node_errors");
    return nodes.fieldNames().stream().limit(3).map(node -> "; node " + node + ": " + firstOf(Json.object(nodes, node)))
        .collect(Collectors.joining());
  }

  private static String firstOf(JsonObject node) {
    JsonObject first = Json.objects(node, "errors").stream().findFirst().orElseGet(JsonObject::new);
    return Json.text(first, "message", "is wrong") + " (" + Json.text(first, "details", "") + ")";
  }
}
