package dev.computeserver.task;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * Who may run a task, as it was decided when it was accepted or when its client last had it run again. It is kept: what follows a failure
 * depends neither on an input that is at the provider by then nor on settings that have changed. Names are words, since they may be those
 * of another version.
 *
 * @param sandbox whether the sandbox plays the candidates: all of them, or none
 * @param candidates best first
 * @param refused who has the capability and may not run it, by reason
 */
public record Route(boolean sandbox, List<Candidate> candidates, List<Refused> refused) {
  private static final int MOST_LETTERS = 200;

  public Route {
    candidates = List.copyOf(candidates);
    refused = List.copyOf(refused);
  }

  /** Whether the provider is the first choice: the first that the client has named, or else the best. */
  public boolean isFirst(String provider, TaskRequest request) {
    return request.providerWords().isEmpty() ? !candidates.isEmpty() && candidates.get(0).provider().equals(provider)
        : request.providerWords().get(0).equals(provider);
  }

  /** As clients see it. */
  public JsonObject toJson() {
    JsonArray usable = new JsonArray();
    candidates.forEach(each -> usable.add(new JsonObject().put("provider", each.provider).put("model", each.model)));
    JsonArray others = new JsonArray();
    refused.forEach(why -> why.providers.forEach(provider -> {
      JsonObject one = new JsonObject().put("provider", provider).put("reason", why.reason);
      others.add(why.pointer == null ? one : one.put("pointer", why.pointer));
    }));
    return new JsonObject().put("candidates", usable).put("refused", others);
  }

  /** As it is stored with each task: few and short values, since every accept pays for them. */
  JsonObject toRow() {
    JsonObject row = new JsonObject().put("candidates", new JsonArray(candidates.stream().map(each -> each.provider + " " + each.model).toList()));
    return refused.isEmpty() ? row : row.put("refused",
        new JsonArray(refused.stream().map(each -> JsonArray.of(each.reason, each.pointer, String.join(" ", each.providers))).toList()));
  }

  static Route of(JsonObject row, boolean sandbox) {
    List<Candidate> candidates = new ArrayList<>();
    for (Object each : row.getJsonArray("candidates")) {
      String[] parts = each.toString().split(" ", 2);
      candidates.add(new Candidate(parts[0], parts[1]));
    }
    List<Refused> refused = new ArrayList<>();
    for (Object each : row.getJsonArray("refused", new JsonArray())) {
      JsonArray why = (JsonArray) each;
      refused.add(new Refused(why.getString(0), why.getString(1), List.of(why.getString(2).split(" "))));
    }
    return new Route(sandbox, candidates, refused);
  }

  /** Who may run it, with the model that it would be. */
  public record Candidate(String provider, String model) {
  }

  /**
   * Who may not.
   *
   * @param pointer the place in the request that is at fault, or null
   */
  public record Refused(String reason, String pointer, List<String> providers) {
    public Refused {
      reason = reason.length() > MOST_LETTERS ? reason.substring(0, MOST_LETTERS) + "…" : reason;
      providers = List.copyOf(providers);
    }
  }
}
