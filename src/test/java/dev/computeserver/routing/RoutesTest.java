package dev.computeserver.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.catalog.TaskType;
import dev.computeserver.config.Settings;
import dev.computeserver.provider.Exchange;
import dev.computeserver.provider.InvalidInput;
import dev.computeserver.provider.Job;
import dev.computeserver.provider.ProcessorRegistry;
import dev.computeserver.provider.ProviderHealth;
import dev.computeserver.provider.ProviderProcessor;
import dev.computeserver.provider.ProviderQueueMap;
import dev.computeserver.provider.Submission;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.Phase;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskError;
import dev.computeserver.task.TaskError.Code;
import dev.computeserver.task.TaskId;
import dev.computeserver.task.TaskRequest;
import dev.computeserver.task.TaskState;
import dev.computeserver.task.TaskStatus;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Registration, capability matching, and what follows a failure. */
class RoutesTest {
  @TempDir
  private Path conf;
  private Settings settings;
  private Routes routes;

  /** A processor that knows what it can do and nothing else. */
  private record Able(ProviderType providerType, Set<ProviderCapability> capabilities) implements ProviderProcessor {
    @Override
    public Authorization authorization() {
      return new Authorization("Authorization", "Bearer ");
    }

    @Override
    public Exchange submit(Submission submission) {
      return Exchange.post("/", submission.input(), reply -> null);
    }

    @Override
    public Exchange check(Job job) {
      throw InvalidInput.input("prompt", "not in this test");
    }
  }

  @BeforeEach
  void configure() throws IOException {
    Files.writeString(conf.resolve("providers.yaml"), """
        providers:
          luma: {base_url: "https://l.example", api_key: k, queue: video_queue, models: {video_generation: [ray-2, ray-1]}}
          runway: {base_url: "https://r.example", api_key: k, queue: video_queue, models: {video_generation: [gen4]}}
          stability: {base_url: "https://s.example", queue: stability_queue, models: {video_generation: [svd]}}
        """);
    settings = Settings.load(conf, Map.of("COMPUTE_SANDBOX_ENABLED", "false"));
    Set<ProviderCapability> video = Set.of(ProviderCapability.VIDEO_GENERATION);
    ProcessorRegistry registry = new ProcessorRegistry(List.of(() -> new Able(ProviderType.LUMA, video),
        () -> new Able(ProviderType.RUNWAY, video), () -> new Able(ProviderType.STABILITY, video),
        () -> new Able(ProviderType.OPENAI, Set.of(ProviderCapability.TEXT_GENERATION))));
    routes = new Routes(registry, settings, new ProviderQueueMap(settings.providers()), new ProviderHealth(Clock.systemUTC()));
  }

  private static TaskRequest video(List<ProviderType> providers, boolean pinned, String model) {
    return new TaskRequest(ProviderCapability.VIDEO_GENERATION, providers, pinned, model, new JsonObject().put("prompt", "p"), new JsonObject(),
        0, 600, 3, false, null, null);
  }

  private static List<ProviderType> usable(RouteDecision decision) {
    return decision.usable().stream().map(TaskState.Place::provider).toList();
  }

  @Test
  void theDefaultRegistryKnowsFalByItsTypeAndTaskTypes() {
    ProviderProcessor fal = ProcessorRegistry.ofAll().of(ProviderType.FAL_STANDARD).orElseThrow();
    assertTrue(fal.supportedTaskTypes().containsAll(Set.of(TaskType.values())));
    assertTrue(ProcessorRegistry.ofAll().with(ProviderCapability.LIP_SYNC).contains(ProviderType.FAL_STANDARD));
  }

  @Test
  void twoProcessorsForOneProviderAreAMistake() {
    assertThrows(IllegalArgumentException.class, () -> new ProcessorRegistry(List.of(() -> new Able(ProviderType.LUMA, Set.of()),
        () -> new Able(ProviderType.LUMA, Set.of()))));
  }

  @Test
  void providersMayShareAQueue() {
    ProviderQueueMap queues = new ProviderQueueMap(settings.providers());
    assertEquals("fal_queue", queues.queueOf(ProviderType.FAL_STANDARD));
    assertEquals(Set.of(ProviderType.RUNWAY, ProviderType.LUMA), Set.copyOf(queues.providersByQueue().get("video_queue")));
  }

  @Test
  void withoutAWishEveryConfiguredProviderWithTheCapabilityMayRunIt() {
    RouteDecision decision = routes.decide(video(List.of(), false, null));
    assertEquals(List.of(ProviderType.RUNWAY, ProviderType.LUMA), usable(decision));
    assertEquals("gen4", decision.usable().get(0).model());
    assertEquals("video_queue", decision.usable().get(0).queue());
    String reasons = decision.reasons();
    assertTrue(reasons.contains("stability has no key"), reasons);
    assertTrue(reasons.contains("openai lacks the capability"), reasons);
    assertTrue(reasons.contains("google has no processor"), reasons);
  }

  @Test
  void aWishIsTheWholeSetAndItsOrderIsKept() {
    assertEquals(List.of(ProviderType.LUMA, ProviderType.RUNWAY), usable(routes.decide(video(List.of(ProviderType.LUMA, ProviderType.RUNWAY), false, null))));
    assertEquals(List.of(ProviderType.LUMA), usable(routes.decide(video(List.of(ProviderType.LUMA), true, null))));
    assertTrue(routes.decide(video(List.of(ProviderType.STABILITY), true, null)).usable().isEmpty());
  }

  @Test
  void aModelGoesToTheFirstChoiceAndToWhoListsIt() {
    RouteDecision decision = routes.decide(video(List.of(ProviderType.LUMA, ProviderType.RUNWAY), false, "custom"));
    assertEquals(List.of("custom", "gen4"), decision.usable().stream().map(TaskState.Place::model).toList());
  }

  @Test
  void aModelGoesFirstToTheNamedProviderThatListsIt() {
    RouteDecision decision = routes.decide(video(List.of(ProviderType.RUNWAY, ProviderType.LUMA), false, "ray-1"));
    assertEquals(List.of(ProviderType.LUMA, ProviderType.RUNWAY), usable(decision));
    assertEquals(List.of("ray-1", "gen4"), decision.usable().stream().map(TaskState.Place::model).toList(), "the other runs one of its own");
    assertEquals(List.of("gen4"), routes.decide(video(List.of(ProviderType.RUNWAY, ProviderType.STABILITY), false, "svd")).usable().stream()
        .map(TaskState.Place::model).toList(), "who lists it has no key");
    assertEquals("ray-1", routes.decide(video(List.of(ProviderType.RUNWAY), true, "ray-1")).usable().get(0).model(), "the client insists");
  }

  @Test
  void aModelWithoutAProviderGoesOnlyToWhoListsIt() {
    RouteDecision decision = routes.decide(video(List.of(), false, "ray-1"));
    assertEquals(List.of(ProviderType.LUMA), usable(decision));
    assertEquals("ray-1", decision.usable().get(0).model());
    assertTrue(decision.reasons().contains("runway does not list the model ray-1"), decision.reasons());
    assertEquals(List.of(), usable(routes.decide(video(List.of(), false, "nobody-has-it"))));
  }

  /**
   * A processor that refuses an input with the field, one for the model of that name, a file of the field after "!", or an input without
   * the field after "?"; and knows nothing of a file that is not there.
   */
  private record Picky(ProviderType providerType, String field) implements ProviderProcessor {
    @Override
    public Set<ProviderCapability> capabilities() {
      return Set.of(ProviderCapability.VIDEO_GENERATION);
    }

    @Override
    public Authorization authorization() {
      return new Authorization("Authorization", "Bearer ");
    }

    @Override
    public Exchange submit(Submission submission) {
      if (submission.model().equals(field)) {
        throw InvalidInput.input("prompt", "is too short for " + field);
      }
      if (field.startsWith("!") && submission.input().containsKey(field.substring(1))) {
        throw InvalidInput.unwanted(field.substring(1), "cannot be chosen here");
      }
      if (submission.input().containsKey(field)) {
        throw InvalidInput.input(field, "cannot be chosen here");
      }
      if (field.startsWith("?") && !submission.input().containsKey(field.substring(1))) {
        throw InvalidInput.input(field.substring(1), "is needed here");
      }
      return Exchange.post("/" + submission.file("image_url").base64(), submission.input(), reply -> null);
    }

    @Override
    public Exchange check(Job job) {
      throw InvalidInput.input("prompt", "not in this test");
    }
  }

  private Routes picky(String luma, String runway) {
    ProcessorRegistry registry = new ProcessorRegistry(List.of(() -> new Picky(ProviderType.LUMA, luma), () -> new Picky(ProviderType.RUNWAY, runway)));
    return new Routes(registry, settings, new ProviderQueueMap(settings.providers()), new ProviderHealth(Clock.systemUTC()));
  }

  private static TaskRequest asking(JsonObject input, ProviderType... providers) {
    return new TaskRequest(ProviderCapability.VIDEO_GENERATION, List.of(providers), providers.length == 1, null, input, new JsonObject(),
        0, 600, 3, false, null, null);
  }

  private RouteDecision picky(String luma, String runway, JsonObject input, ProviderType... providers) {
    return picky(luma, runway).decide(asking(input, providers));
  }

  @Test
  void whoWouldRefuseTheInputIsPassedOver() {
    JsonObject seeded = new JsonObject().put("prompt", "p").put("seed", 7);
    RouteDecision decision = picky("none", "seed", seeded);
    assertEquals(List.of(ProviderType.LUMA), usable(decision));
    assertTrue(decision.reasons().contains("runway would refuse it: input.seed cannot be chosen here"), decision.reasons());
    assertEquals(List.of(ProviderType.RUNWAY), usable(picky("seed", "none", seeded, ProviderType.LUMA, ProviderType.RUNWAY)));
    assertEquals(List.of(ProviderType.RUNWAY, ProviderType.LUMA), usable(picky("none", "none", seeded)));
  }

  @Test
  void whereAllWouldRefuseNobodyMayAndThePlacesAreNamed() {
    JsonObject seeded = new JsonObject().put("prompt", "p").put("seed", 7);
    RouteDecision all = picky("seed", "seed", seeded);
    assertTrue(all.isInvalid());
    assertEquals(List.of(), usable(all));
    assertEquals(List.of("/input/seed", "/input/seed"),
        all.refused().stream().filter(each -> each.kind() == RouteDecision.Kind.INPUT).map(RouteDecision.Refusal::pointer).toList());
    assertTrue(picky("none", "seed", seeded, ProviderType.RUNWAY).isInvalid(), "pinned or not");
    assertFalse(picky("seed", "none", seeded, ProviderType.RUNWAY).isInvalid());
    assertFalse(routes.decide(video(List.of(ProviderType.STABILITY), true, null)).isInvalid(), "a missing key is not the request's fault");
  }

  @Test
  void whoElseWouldTakeItIsTold() {
    TaskRequest seeded = asking(new JsonObject().put("prompt", "p").put("seed", 7), ProviderType.RUNWAY);
    assertEquals("would be taken by luma with the model ray-2", picky("none", "seed").hints(seeded));
    assertEquals("", picky("seed", "seed").hints(seeded));
  }

  @Test
  void theFirstListedModelThatTakesTheInputRunsItPinnedOrNot() {
    for (List<ProviderType> wanted : List.of(List.<ProviderType>of(), List.of(ProviderType.LUMA))) {
      RouteDecision decision = picky("ray-2", "gen4").decide(video(wanted, !wanted.isEmpty(), null));
      assertEquals(List.of("ray-1"), decision.usable().stream().map(TaskState.Place::model).toList());
    }
    assertTrue(picky("ray-2", "none").decide(video(List.of(ProviderType.LUMA), true, "ray-2")).isInvalid(), "a model of the client's own is no other");
  }

  @Test
  void whatIsSaidOfALinkThatIsNotFetchedYetCountsForNothing() {
    for (String link : List.of("data:image/png;base64,AAAA", "https://example.com/fox.png")) {
      JsonObject linked = new JsonObject().put("prompt", "p").put("image_url", link);
      assertEquals(List.of(ProviderType.RUNWAY, ProviderType.LUMA), usable(picky("none", "image_url", linked)));
      assertEquals(List.of(ProviderType.LUMA), usable(picky("none", "!image_url", linked)), "what would take no file at all is known");
    }
    assertEquals(List.of(ProviderType.LUMA), usable(picky("none", "?image_url", new JsonObject().put("prompt", "p"))), "nor what is not there");
  }

  @Test
  void aFailedTaskGoesToNobodyWhoWouldRefuseItsInput() {
    TaskRequest seeded = asking(new JsonObject().put("prompt", "p").put("seed", 7), ProviderType.LUMA, ProviderType.RUNWAY);
    Routes choosing = picky("none", "seed");
    assertEquals(List.of(ProviderType.LUMA), usable(choosing.decide(seeded)));
    TaskState next = after(choosing, seeded, Code.PROVIDER_AUTH, false, false, 3, ProviderType.LUMA);
    assertEquals(TaskStatus.FAILED, next.status());
    assertEquals(Code.PROVIDER_AUTH, next.error().code());
  }

  private TaskState after(Code code, boolean retryable, boolean jobMayRun, int triesLeft, ProviderType at) {
    return after(routes, video(List.of(ProviderType.LUMA, ProviderType.RUNWAY), false, null), code, retryable, jobMayRun, triesLeft, at);
  }

  private TaskState after(Routes choosing, TaskRequest request, Code code, boolean retryable, boolean jobMayRun, int triesLeft, ProviderType at) {
    Task fresh = new Task.New(TaskId.next(), request, choosing.decide(request).route(), new TaskState.Place(at, "m", "video_queue"), Instant.now()).accepted("default");
    TaskState start = fresh.state();
    TaskState running = new TaskState(TaskStatus.PROCESSING, Phase.SUBMITTED, start.queue(), at, "m", 4 - triesLeft, triesLeft, 1, 2,
        null, "job", null, null, start.dueAt(), start.deadlineAt(), Instant.now(), Instant.now(), null, false);
    TaskError error = new TaskError(code, "it failed", at, retryable, 500);
    return new RetryOrFailover(choosing, settings.tasks()).decide(fresh.with(running), error, Charged.NO, jobMayRun, Instant.now());
  }

  @Test
  void goesToTheNextProviderWhereOneIsAtFault() {
    TaskState next = after(Code.PROVIDER_AUTH, false, false, 3, ProviderType.LUMA);
    assertEquals(TaskStatus.QUEUED, next.status());
    assertEquals(ProviderType.RUNWAY, next.provider());
    assertEquals("gen4", next.model());
    assertEquals(2, next.triesLeft());
  }

  @Test
  void comesBackToTheFirstLaterWhereTheFaultMayPass() {
    TaskState next = after(Code.PROVIDER_UNAVAILABLE, true, false, 2, ProviderType.RUNWAY);
    assertEquals(ProviderType.LUMA, next.provider());
    assertTrue(next.dueAt().isAfter(Instant.now()));
    assertEquals(TaskStatus.FAILED, after(Code.PROVIDER_AUTH, false, false, 2, ProviderType.RUNWAY).status());
  }

  @Test
  void goesToTheFirstWhereThatWasPassedOverForItsHealth() {
    TaskState next = after(Code.PROVIDER_AUTH, false, false, 3, ProviderType.RUNWAY);
    assertEquals(TaskStatus.QUEUED, next.status());
    assertEquals(ProviderType.LUMA, next.provider());
  }

  @Test
  void neverTriesAgainWhatIsTheClientsFaultOrMightBePaidTwice() {
    for (Code code : List.of(Code.INVALID_INPUT, Code.CONTENT_REFUSED, Code.SUBMISSION_UNKNOWN, Code.OUTPUT_UNAVAILABLE)) {
      assertEquals(TaskStatus.FAILED, after(code, true, false, 3, ProviderType.LUMA).status());
    }
    assertEquals(TaskStatus.FAILED, after(Code.PROVIDER_FAILED, true, true, 3, ProviderType.LUMA).status());
  }

  @Test
  void endsWhenTheAttemptsAreUsedUpAndSaysWhy() {
    TaskState next = after(Code.PROVIDER_FAILED, true, false, 1, ProviderType.LUMA);
    assertEquals(TaskStatus.FAILED, next.status());
    assertEquals(Code.ATTEMPTS_EXHAUSTED, next.error().code());
    assertTrue(next.error().message().contains("provider_failed"));
  }

  private static TaskRequest picture(String model, ProviderType... providers) {
    return new TaskRequest(ProviderCapability.IMAGE_GENERATION, List.of(providers), providers.length == 1, model, new JsonObject().put("prompt", "xx"),
        new JsonObject(), 0, 600, 3, false, null, null);
  }

  private Routes ofLuma(String key) throws IOException {
    Files.writeString(conf.resolve("providers.yaml"), """
        providers:
          luma: {base_url: "https://l.example", api_key: "%s", queue: luma_queue, models: {image_generation: [photon-1, uni-1]}}
        """.formatted(key));
    Settings one = Settings.load(conf, Map.of("COMPUTE_SANDBOX_ENABLED", "false"));
    return new Routes(ProcessorRegistry.ofAll(), one, new ProviderQueueMap(one.providers()), new ProviderHealth(Clock.systemUTC()));
  }

  @Test
  void aModelThatTheKeyDoesNotOpenIsNoCandidate() throws IOException {
    RouteDecision brief = ofLuma("k").decide(picture(null, ProviderType.LUMA));
    assertTrue(brief.isInvalid(), "uni-1 would take it, at another API");
    assertTrue(brief.reasons().contains("input.prompt must have 3"), brief.reasons());
    assertEquals("uni-1", ofLuma("luma-api-k").decide(picture(null, ProviderType.LUMA)).usable().get(0).model());
  }

  @Test
  void aNamedModelThatTheKeyDoesNotOpenIsRefusedWithTheKeyThatDoes() throws IOException {
    for (RouteDecision decision : List.of(ofLuma("k").decide(picture("uni-1", ProviderType.LUMA)), ofLuma("k").decide(picture("uni-1")))) {
      assertTrue(decision.isInvalid());
      RouteDecision.Refusal why = decision.refused().stream().filter(each -> each.kind() == RouteDecision.Kind.INPUT).findFirst().orElseThrow();
      assertEquals("/model", why.pointer());
      assertTrue(why.reason().contains("luma-api-"), why.reason());
    }
    assertTrue(ofLuma("luma-api-k").decide(picture("photon-1", ProviderType.LUMA)).reasons().contains("Dream Machine key"));
  }
}
