package dev.computeserver.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** What no schema can say: how settings must fit each other. Values that the schema refuses are passed over. */
final class CrossChecks {
  private static final String WEB = "https?://[^\\s@]+";

  private final Part compute;
  private final Part providers;
  private final List<Fault> faults = new ArrayList<>();

  CrossChecks(Part compute, Part providers) {
    this.compute = compute;
    this.providers = providers;
  }

  List<Fault> faults() {
    queuesExist();
    canBeUsed(compute, path("postgres.uri"), "postgres(ql)?://\\S+", ServerUri::postgres);
    canBeUsed(compute, path("redis.uri"), "rediss?://\\S+", ServerUri::redis);
    canBeUsed(compute, path("public_url"), WEB, ServerUri::web);
    canBeUsed(compute, path("sandbox.url"), WEB, ServerUri::web);
    notBelow(compute, path("node.takeover_seconds"), 2, 1, path("node.heartbeat_seconds"));
    notBelow(compute, path("tasks.retry_max_ms"), 1, 0, path("tasks.retry_first_ms"));
    providers.tree.path("providers").fieldNames().forEachRemaining(name -> {
      JsonNode entry = providers.tree.path("providers").path(name);
      if (entry.path("base_url").isTextual() && entry.path("base_url").asText().isBlank() && entry.path("base_url_env").asText().isBlank()) {
        List<String> url = path("providers." + name + ".base_url");
        faults.add(new Fault(String.join(".", url), providers.source(url), "is empty, must be a URL such as https://api.example.com",
            "set it in providers.yaml or by " + Variables.name(url)));
      }
      canBeUsed(providers, path("providers." + name + ".base_url"), WEB, ServerUri::web);
      keyFitsAHeader(path("providers." + name + ".api_key"));
      List<String> longest = path("providers." + name + ".polling.max_ms");
      notBelow(providers, longest, 1, 0, path("providers." + name + ".polling.min_ms"));
      notBelow(providers, longest, 1, 0, path("providers." + name + ".polling.first_ms"));
    });
    return faults;
  }

  static List<String> warnings(Settings settings) {
    List<String> warnings = new ArrayList<>();
    settings.providers().forEach((type, provider) -> {
      if (!settings.configured(type) && !settings.sandbox().enabled()) {
        String missing = provider.baseUrlEnv().isEmpty() ? "api_key" : "base_url";
        warnings.add("providers." + type.word() + " has no " + missing.replace("api_", "") + " and sandbox.enabled is false, so it takes no tasks; set "
            + Variables.name(List.of("providers", type.word(), missing)));
      }
    });
    return warnings;
  }

  private void queuesExist() {
    JsonNode queues = compute.tree.path("queues");
    List<String> known = queues.properties().stream().map(Map.Entry::getKey).toList();
    for (JsonNode queue : compute.tree.path("node").path("queues")) {
      if (queue.isTextual() && !known.contains(queue.asText())) {
        List<String> path = path("node.queues");
        faults.add(new Fault("node.queues", compute.source(path), "names the queue " + queue.asText()
            + ", which does not exist, must be of " + String.join(", ", known),
            "name one of these or add it below queues"));
      }
    }
  }

  /** Of what has the form that the schema wants. */
  private void canBeUsed(Part part, List<String> path, String form, Function<String, Optional<String>> reader) {
    String value = part.at(path).asText();
    if (value.matches(form)) {
      String source = part.source(path);
      reader.apply(value).ifPresent(problem -> faults.add(new Fault(String.join(".", path), source, problem,
          "correct it in " + (source.isEmpty() ? part.file : source) + " or set " + Variables.name(path))));
    }
  }

  /** Found at the start, since it would else be found at each request, as a fault of the provider. */
  private void keyFitsAHeader(List<String> path) {
    if (!providers.at(path).asText().strip().chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
      String source = providers.source(path);
      faults.add(new Fault(String.join(".", path), source, "holds a line break, a control character or one beyond ASCII, which no header can carry",
          "copy the key again and set it in " + (source.isEmpty() ? providers.file : source)));
    }
  }

  private void notBelow(Part part, List<String> path, int times, int plus, List<String> otherPath) {
    JsonNode value = part.at(path);
    JsonNode other = part.at(otherPath);
    long least = other.asLong() * times + plus;
    if (value.isIntegralNumber() && other.isIntegralNumber() && value.asLong() < least) {
      String otherName = String.join(".", otherPath);
      faults.add(new Fault(String.join(".", path), part.source(path), "is " + value.asLong() + ", must be " + least
          + " or more while " + otherName + " is " + other.asLong(), "raise it or lower " + otherName));
    }
  }

  private static List<String> path(String dotted) {
    return Arrays.asList(dotted.split("\\."));
  }
}
