package dev.computeserver.provider;

import static dev.computeserver.support.FakeProvider.reply;

import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.FakeProvider.Seen;
import dev.computeserver.support.Signals;
import dev.computeserver.support.TestNode;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/** fal.ai and Replicate on one loopback port, whose jobs are done at once, unless a test refuses a submit. */
final class TwoProviders implements AutoCloseable {
  static final String FAL = "fal_standard";
  static final String REPLICATE = "replicate";
  private static final Buffer PNG = Buffer.buffer(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0});

  /** A submit as it came; {@code prompt} tells tasks apart. */
  record Submit(String provider, String prompt, long nanos) {
  }

  private final Vertx vertx = Vertx.vertx();
  private final Function<Submit, Behaviour> refusal;
  final FakeProvider fake = new FakeProvider(vertx, this::answer);
  final Signals<Submit> submits = new Signals<>();
  /** What was to be cancelled: paths. */
  final Signals<String> cancels = new Signals<>();

  /** @param refusal the answer to a submit, or null: it is taken */
  TwoProviders(Function<Submit, Behaviour> refusal) {
    this.refusal = refusal;
  }

  private Behaviour answer(Seen seen) {
    if (seen.elsewhere()) {
      return reply(200, "image/png", PNG);
    }
    if (seen.path().endsWith("/cancel")) {
      cancels.accept(seen.path());
      return reply(202, "{\"status\":\"CANCELLATION_REQUESTED\"}");
    }
    boolean fal = seen.path().contains("fal-ai");
    if (seen.method().equals("POST")) {
      JsonObject body = seen.body().toJsonObject();
      Submit submit = new Submit(fal ? FAL : REPLICATE, (fal ? body : body.getJsonObject("input")).getString("prompt"), System.nanoTime());
      Behaviour no = refusal.apply(submit);
      submits.accept(submit);
      return no == null ? taken(submit) : no;
    }
    return fal ? reply(200, seen.path().endsWith("/status") ? "{\"status\":\"COMPLETED\"}"
        : new JsonObject().put("images", JsonArray.of(new JsonObject().put("url", fake.elsewhere() + "/fox.png"))).encode())
        : reply(200, prediction(seen.path().substring(seen.path().lastIndexOf('/') + 1), "succeeded"));
  }

  Behaviour taken(Submit submit) {
    String link = fake.baseUrl() + "/fal-ai/flux/requests/" + submit.prompt();
    return submit.provider().equals(REPLICATE) ? reply(201, prediction(submit.prompt(), "starting"))
        : reply(200, new JsonObject().put("request_id", submit.prompt()).put("status_url", link + "/status").put("response_url", link)
            .put("cancel_url", link + "/cancel").encode());
  }

  private String prediction(String id, String status) {
    JsonObject urls = new JsonObject().put("get", fake.baseUrl() + "/predictions/" + id).put("cancel", fake.baseUrl() + "/predictions/" + id + "/cancel");
    return new JsonObject().put("id", id).put("model", "black-forest-labs/flux-schnell").put("version", "hidden").put("status", status)
        .put("urls", urls).put("output", status.equals("succeeded") ? JsonArray.of(fake.elsewhere() + "/fox.png") : null).encode();
  }

  /** A node that has keys for both. */
  TestNode node(String... more) {
    Map<String, String> environment = new HashMap<>(Map.of("FAL_KEY", "the-key-of-fal", "REPLICATE_API_TOKEN", "the-key-of-replicate",
        "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", fake.baseUrl(), "COMPUTE_PROVIDERS_REPLICATE_BASE_URL", fake.baseUrl(),
        "COMPUTE_TASKS_RETRY_FIRST_MS", "100", "COMPUTE_TASKS_RETRY_MAX_MS", "400", "COMPUTE_TASKS_RECONCILE_SECONDS", "2",
        "COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_FIRST_MS", "20", "COMPUTE_PROVIDERS_FAL_STANDARD_POLLING_MIN_MS", "20"));
    environment.putAll(Map.of("COMPUTE_PROVIDERS_REPLICATE_POLLING_FIRST_MS", "20", "COMPUTE_PROVIDERS_REPLICATE_POLLING_MIN_MS", "20"));
    for (int i = 0; i < more.length; i += 2) {
      environment.put(more[i], more[i + 1]);
    }
    return new TestNode(environment);
  }

  static JsonObject task(String prompt, String... providers) {
    JsonObject task = new JsonObject().put("capability", "image_generation").put("input", new JsonObject().put("prompt", prompt));
    return providers.length == 1 ? task.put("provider", providers[0]) : task.put("providers", new JsonArray(List.of(providers)));
  }

  /** Accepts so many tasks, called {@code fox-0} and so on; answers their ids. */
  static List<String> batch(TestNode node, int tasks, String... providers) {
    JsonArray all = new JsonArray(IntStream.range(0, tasks).mapToObj(i -> task("fox-" + i, providers)).toList());
    List<String> ids = new ArrayList<>();
    node.post("/v1/tasks/batch", new JsonObject().put("tasks", all)).json().getJsonArray("tasks")
        .forEach(each -> ids.add(((JsonObject) each).getString("id")));
    return ids;
  }

  /** How a provider's gate stands, as {@code /v1/providers} tells. */
  static JsonObject gate(TestNode node, String provider) {
    return node.get("/v1/providers").json().getJsonArray("providers").stream().map(JsonObject.class::cast)
        .filter(each -> each.getString("provider").equals(provider)).findFirst().orElseThrow().getJsonObject("gate");
  }

  @Override
  public void close() {
    fake.close();
    TestStore.await(vertx.close());
  }
}
