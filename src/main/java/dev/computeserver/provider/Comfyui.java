package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.Settings;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A ComfyUI server of one's own. A model is the name of a workflow; the job's id is ours, so that a lost submit can be found
 * in the server's queue or history, which are in its memory only.
 */
final class Comfyui implements ProviderProcessor {
  private final Map<String, ComfyWorkflow> workflows;

  /** With the workflows of the settings folder and the packed ones; blocks on files. */
  Comfyui() {
    this(ComfyWorkflows.read(Settings.folder(System.getenv())));
  }

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
      String name = json.getString("name");
      if (name == null) {
        throw new MissingField("name");
      }
      String subfolder = json.getString("subfolder", "");
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
      if (reply.json().getString("prompt_id") == null) {
        throw new MissingField("prompt_id");
      }
      String wrong = wrong(reply.json());
      return new Step.Waiting(job(reply.json().getString("prompt_id"), id, nodes),
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
    return Exchange.get("/history/" + job.externalId(), reply -> {
      JsonObject entry = reply.json().getJsonObject(job.externalId());
      return entry == null ? otherwise : ComfyResult.of(entry);
    });
  }

  /** The step of a job that the queue holds; how many items stand before it is counted, since the list is in no order. */
  private static Optional<Step> place(Job job, JsonObject queue) {
    if (number(queue.getJsonArray("queue_running"), job) != null) {
      return Optional.of(new Step.Waiting(job, null));
    }
    JsonArray pending = queue.getJsonArray("queue_pending");
    Double own = number(pending, job);
    if (own == null) {
      return Optional.empty();
    }
    long before = pending.stream().filter(item -> ((JsonArray) item).getDouble(0) < own).count();
    return Optional.of(new Step.Waiting(job, new JsonObject().put("queue_position", (int) before + queue.getJsonArray("queue_running").size())));
  }

  private static Double number(JsonArray items, Job job) {
    if (items == null) {
      throw new MissingField("queue_running and queue_pending");
    }
    return items.stream().map(JsonArray.class::cast).filter(item -> job.externalId().equals(item.getValue(1))).findFirst()
        .map(item -> item.getDouble(0)).orElse(null);
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
    Exchange running = Exchange.get("/queue", reply -> number(reply.json().getJsonArray("queue_running"), job) == null ? over : new Step.Then(interrupt));
    return Optional.of(Exchange.post("/queue", delete, reply -> new Step.Then(running)));
  }

  @Override
  public Step.Failed refused(Reply reply) {
    JsonObject json = reply.jsonOrEmpty();
    JsonObject error = json.getValue("error") instanceof JsonObject object ? object : new JsonObject();
    StringBuilder text = new StringBuilder(error.getString("message") == null ? reply.text(300) : error.getString("message"));
    if (json.getValue("node_errors") instanceof JsonObject) {
      text.append(wrong(json));
    } else if (error.getValue("details") instanceof String details && !details.isEmpty()) {
      text.append(": ").append(details);
    }
    return Refusal.byStatus(reply, text.substring(0, Math.min(600, text.length())));
  }

  /** What is wrong with nodes; empty where nothing is. */
  private static String wrong(JsonObject json) {
    return json.getValue("node_errors") instanceof JsonObject nodes ? nodes.fieldNames().stream().limit(3)
        .map(node -> "; node " + node + ": " + firstOf(nodes.getValue(node))).collect(Collectors.joining()) : "";
  }

  private static String firstOf(Object node) {
    boolean listed = node instanceof JsonObject object && object.getValue("errors") instanceof JsonArray errors && !errors.isEmpty();
    JsonObject first = listed && ((JsonObject) node).getJsonArray("errors").getValue(0) instanceof JsonObject error ? error : new JsonObject();
    return first.getString("message", "is wrong") + " (" + first.getString("details", "") + ")";
  }
}
