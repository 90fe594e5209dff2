package dev.computeserver.conformance;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.media.FileCheck;
import dev.computeserver.media.FileEnds;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What is recorded of one provider: a task, what its requests look like and the good reply to each. In texts
 * {@code ${id}} is the job's id at the provider, {@code ${base}} the provider's URL, {@code ${files}} the URL of another origin,
 * {@code ${day}} the name of the day being played, {@code ${request}} the submit's body in JSON and {@code ${request:PLACE}} a value in it.
 * A place is {@code /a/b} in a JSON body, {@code name} for a part of a form, {@code name:/a/b} in a part that holds JSON, or {@code ?name} in
 * the query.
 * Paths are whole, with whatever path the processor puts before them; {@code BASE_URL} of the suite has none of its own.
 */
final class Recording {
  final ProviderType type;
  final String keyVariable;
  final String header;
  final String prefix;
  final List<Route> routes = new ArrayList<>();
  final List<Failure> failures = new ArrayList<>();
  final List<Refused> refused = new ArrayList<>();
  final Map<String, String> wanted = new LinkedHashMap<>();
  final Map<String, String> wantedFiles = new LinkedHashMap<>();
  final Map<String, String> wantedHeaders = new LinkedHashMap<>();
  final List<String> outputs = new ArrayList<>();
  final List<Integer> tookNothing = new ArrayList<>();
  final Map<Stage, Recorded> cancelled = new EnumMap<>(Stage.class);
  final Map<String, String> means = new LinkedHashMap<>();
  final Map<Stage, List<String>> needed = new EnumMap<>(Stage.class);
  final Set<Stage> tellsEnd = EnumSet.noneOf(Stage.class);
  String capability;
  String input;
  String options;
  String model;
  String clientId;
  Recorded runningReply;
  Recorded notFoundReply;
  boolean findsByCheck;
  JsonObject result;
  String callback;
  String callbackPlace;
  CallbackSignature signature;
  boolean makesNoCallback;
  boolean reachable;

  /** Holds {@link ProcessorConformance#KEY}. */
  String key = ProcessorConformance.KEY;

  private Recording(ProviderType type, String keyVariable, String header, String prefix) {
    this.type = type;
    this.keyVariable = keyVariable;
    this.header = header;
    this.prefix = prefix;
  }

  /** The environment variable of the key, and the header that carries it behind a prefix, such as {@code "Bearer "}. */
  static Recording of(ProviderType type, String keyVariable, String header, String prefix) {
    return new Recording(type, keyVariable, header, prefix);
  }

  /** For a provider that tells by the beginning of a key which of its APIs it opens. */
  Recording keyBegins(String start) {
    key = start + ProcessorConformance.KEY;
    return this;
  }

  /** The task; one of its texts, or of its {@link #options}, must hold {@code ${day}} and come to the provider in the submit as it is. */
  Recording task(String word, String inputJson) {
    capability = word;
    input = inputJson;
    return this;
  }

  /** Options for the provider alone; for {@code ${day}} where no text of the input comes to it. */
  Recording options(String optionsJson) {
    options = optionsJson;
    return this;
  }

  /** Another model than the default. */
  Recording model(String id) {
    model = id;
    return this;
  }

  /**
   * A request and its good reply. The pattern is a method and a path, such as {@code GET /v1/jobs/${id}}; {@code *} stands for any
   * text without a slash. Only where it holds a {@code ?} the query counts, too. The first that fits is taken.
   */
  Recording on(Stage stage, String pattern, Recorded reply) {
    routes.add(Route.of(stage, pattern, reply));
    return this;
  }

  /** The job's id is chosen by us: the place where the submit carries it. */
  Recording clientId(String place) {
    clientId = place;
    return this;
  }

  /** The reply to a check while the job runs; needed where there is a check. */
  Recording running(Recorded reply) {
    runningReply = reply;
    return this;
  }

  /** What a stage answers after a cancel: the check, or where that shows no difference the result. */
  Recording cancelled(Stage stage, Recorded reply) {
    cancelled.put(stage, reply);
    return this;
  }

  /** How a lost submit is looked for: the list that holds its job, and the one that does not. */
  Recording finds(String pattern, Recorded found, Recorded notFound) {
    notFoundReply = notFound;
    return on(Stage.FIND, pattern, found);
  }

  /** A lost submit is looked for by the check itself, since its id is ours; {@code notFound}: the reply where there is no such job. */
  Recording findsByCheck(Recorded notFound) {
    notFoundReply = notFound;
    findsByCheck = true;
    return this;
  }

  /** What stands at a place of the submit, as text; of an object all fields but those of the client's options. */
  Recording wantsJson(String place, String value) {
    wanted.put(place, value);
    return this;
  }

  /** The same of a submit in a form. */
  Recording wantsPart(String place, String value) {
    return wantsJson(place, value);
  }

  /** The name that the file in a part of the submit's form has. */
  Recording wantsFile(String part, String fileName) {
    wantedFiles.put(part, fileName);
    return this;
  }

  /** A header of the submit besides the key's. */
  Recording wantsHeader(String name, String value) {
    wantedHeaders.put(name, value);
    return this;
  }

  /** The content types of the outputs. */
  Recording outputs(String... contentTypes) {
    outputs.addAll(List.of(contentTypes));
    return this;
  }

  /** Fields that the task's result must have. */
  Recording result(String json) {
    result = new JsonObject(json);
    return this;
  }

  /** The provider's own refusal of a submit, by a status of 400 or above, and the code it must get; it costs nothing. */
  Recording fails(Stage stage, Recorded reply, String code) {
    return fails(stage, reply, code, null);
  }

  /** The provider's own failure at a stage, the code it must get, and whether it is paid: {@code yes}, {@code no} or {@code unknown}. */
  Recording fails(Stage stage, Recorded reply, String code, String charged) {
    failures.add(new Failure(stage, reply, code, charged, false));
    return this;
  }

  /** The same of a failure after which another attempt is worth its price. */
  Recording failsForNow(Stage stage, Recorded reply, String code, String charged) {
    failures.add(new Failure(stage, reply, code, charged, true));
    return this;
  }

  /** An input that the provider cannot do, and the field that the error must name. */
  Recording refuses(String inputJson, String field) {
    refused.add(new Refused(inputJson, field));
    return this;
  }

  /** The code of a status that means something else here than usually. */
  Recording means(Stage stage, int status, String code) {
    means.put(stage + " " + status, code);
    return this;
  }

  /** A status of 500 or above by which the provider promises that a submit was not accepted. */
  Recording tookNothingAt(int status) {
    tookNothing.add(status);
    return this;
  }

  /** What nobody can do without in a stage's good reply, as JSON pointers; what is below is needed only where it is named itself. */
  Recording needs(Stage stage, String... pointers) {
    needed.put(stage, List.of(pointers));
    return this;
  }

  /** The status of a stage's reply is the job's own end. */
  Recording tellsEnd(Stage stage) {
    tellsEnd.add(stage);
    return this;
  }

  /**
   * The callback by which the provider reports the job's end.
   *
   * @param place where the submit says our address
   * @param body of the callback
   * @param how it is signed
   */
  Recording callsBack(String place, String body, CallbackSignature how) {
    callbackPlace = place;
    callback = body;
    signature = how;
    return this;
  }

  /** The same of a provider that knows one address, which the account's owner has given it. */
  Recording callsBackToAccount(String body, CallbackSignature how) {
    return callsBack(null, body, how);
  }

  /** Though the provider reports other jobs, this one it does not. */
  Recording makesNoCallback() {
    makesNoCallback = true;
    return this;
  }

  /** The server has a public URL, for a provider whose replies depend on whether it can report. */
  Recording reachable() {
    reachable = true;
    return this;
  }

  /**
   * Fails where something is not recorded without which the suite would try less than it says.
   *
   * @param file with the recording
   * @param callsBack whether the processor has rules for callbacks
   */
  void requireAll(String file, boolean callsBack) {
    List<String> lacking = new ArrayList<>();
    require(lacking, capability != null, ".task(…): what is asked for");
    require(lacking, (input + options).contains("${day}"), "${day} in a text of .task(…) or .options(…), which comes to the provider in the submit");
    require(lacking, has(Stage.SUBMIT), ".on(Stage.SUBMIT, …): the reply that accepts a job, or is its result");
    require(lacking, !has(Stage.CHECK) || runningReply != null, ".running(…): the reply to .on(Stage.CHECK, …) while the job runs");
    require(lacking, !has(Stage.CANCEL) || !cancelled.isEmpty(), ".cancelled(…): what the job's check or result answers after .on(Stage.CANCEL, …)");
    require(lacking, !has(Stage.RESULT) || has(Stage.CHECK), ".on(Stage.CHECK, …): the look at the job, before .on(Stage.RESULT, …)");
    require(lacking, !outputs.isEmpty() || result != null, ".outputs(…) or .result(…): what comes out");
    require(lacking, !callsBack || callback != null || makesNoCallback, ".callsBack(…): the callback that the processor's callbacks() are for,"
        + " or .makesNoCallback() where this kind of job has none");
    failures.forEach(failure -> require(lacking, failure.charged != null || failure.stage == Stage.SUBMIT && failure.reply.status >= 400,
        ".fails(…, charged): whether " + failure.code + " at " + failure.stage + " is paid: \"yes\", \"no\", or \"unknown\" where nothing is written"));
    require(lacking, !has(Stage.FILE) || isWhole(route(Stage.FILE).reply()), "a whole file in .on(Stage.FILE, …): its bytes break off");
    require(lacking, callsBack || callback == null, "nothing for .callsBack(…) to try: the processor has no callbacks()");
    if (!lacking.isEmpty()) {
      throw new AssertionError("the recording in " + file + " lacks\n- " + String.join("\n- ", lacking));
    }
  }

  @Override
  public String toString() {
    return "the recording of " + type.word() + " " + capability;
  }

  private static boolean isWhole(Recorded file) {
    return new FileCheck(Optional.empty(), true).of(FileEnds.of(file.bytes), List.of(file.contentType)).fit() == FileCheck.Fit.RIGHT;
  }

  private static void require(List<String> lacking, boolean there, String what) {
    if (!there) {
      lacking.add(what);
    }
  }

  boolean has(Stage stage) {
    return routes.stream().anyMatch(route -> route.stage == stage);
  }

  Route route(Stage stage) {
    return routes.stream().filter(route -> route.stage == stage).findFirst()
        .orElseThrow(() -> new IllegalStateException("nothing is recorded for " + stage));
  }

  static Recorded json(String body) {
    return json(200, body);
  }

  static Recorded json(int status, String body) {
    return new Recorded(status, "application/json", body, null);
  }

  /** A reply without a body, such as 204. */
  static Recorded empty(int status) {
    return new Recorded(status, null, null, Buffer.buffer());
  }

  static Recorded bytes(String contentType, byte[] body) {
    return new Recorded(200, contentType, null, Buffer.buffer(body));
  }

  /** A reply in JSON from {@code src/test/resources/providers/<provider>/<name>}. */
  Recorded file(String name) {
    return json(resource("/providers/" + type.word() + "/" + name));
  }

  private static String resource(String path) {
    try (InputStream in = Recording.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalStateException("there is no src/test/resources" + path);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** What a request of a processor is for. */
  enum Stage {
    SUBMIT, CHECK, RESULT, FILE, CANCEL, FIND, OTHER
  }

  /** A reply: either text with placeholders, or bytes. */
  record Recorded(int status, String contentType, String text, Buffer bytes) {
  }

  /** @param charged or null where it is a refusal of the submit */
  record Failure(Stage stage, Recorded reply, String code, String charged, boolean retryable) {

    /** Whether the same would be taken later: no task fails by it. */
    boolean isForNow() {
      return stage == Stage.SUBMIT && reply.status >= 400 && (code.equals("provider_rate_limited") || code.equals("provider_unavailable"));
    }
  }

  record Refused(String input, String field) {
  }

  record Route(Stage stage, String method, Pattern pattern, boolean query, Recorded reply) {

    static Route of(Stage stage, String text, Recorded reply) {
      String[] parts = text.split(" ", 2);
      String regex = Pattern.quote(parts[1]).replace("${id}", "\\E[^/?&]+\\Q").replace("*", "\\E[^/]*\\Q");
      return new Route(stage, parts[0], Pattern.compile(regex), parts[1].contains("?"), reply);
    }

    boolean fits(String sent, String path, String uri) {
      return method.equals(sent) && pattern.matcher(query ? uri : path).matches();
    }
  }
}
