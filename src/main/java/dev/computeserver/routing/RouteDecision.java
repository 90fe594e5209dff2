package dev.computeserver.routing;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.task.Route;
import dev.computeserver.task.TaskState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The outcome of a choice.
 *
 * @param sandbox whether the sandbox plays those who may: all of them, or none
 * @param usable who may run it, best first
 * @param refused who may not, each with its reason
 */
public record RouteDecision(boolean sandbox, List<TaskState.Place> usable, List<Refusal> refused) {
  public RouteDecision {
    usable = List.copyOf(usable);
    refused = List.copyOf(refused);
  }

  /** Whether nobody may run it, and the request itself is at fault for that. */
  boolean isInvalid() {
    return usable.isEmpty() && refused.stream().anyMatch(each -> each.kind == Kind.INPUT);
  }

  /** As it is kept with the task: without those who could not whatever was asked. */
  public Route route() {
    Map<Why, List<String>> others = new LinkedHashMap<>();
    refused.stream().filter(each -> each.kind != Kind.UNABLE)
        .forEach(each -> others.computeIfAbsent(new Why(each.reason, each.pointer), first -> new ArrayList<>()).add(each.provider.word()));
    return new Route(sandbox, usable.stream().map(place -> new Route.Candidate(place.provider().word(), place.model())).toList(),
        others.entrySet().stream().map(each -> new Route.Refused(each.getKey().reason, each.getKey().pointer, each.getValue())).toList());
  }

  /** Why nobody or not everybody may, for a message. */
  String reasons() {
    return refused.stream().map(each -> each.provider.word() + " " + each.text()).collect(Collectors.joining("; "));
  }

  /**
   * Why a provider may not run it.
   *
   * @param advice what to do about it, or null
   * @param pointer the place in the request that is at fault, or null
   */
  public record Refusal(ProviderType provider, Kind kind, String reason, String advice, String pointer) {
    String text() {
      return advice == null ? reason : reason + "; " + advice;
    }
  }

  /** The kinds of reasons. */
  public enum Kind {
    /** It has not the capability, or nothing to run it with. */
    UNABLE,
    /** It has no key. */
    UNCONFIGURED,
    /** The sandbox plays it, which is no stand-in for a real one. */
    PLAYED,
    /** It does not list the model. */
    UNLISTED,
    /** It would refuse the input. */
    INPUT
  }

  private record Why(String reason, String pointer) {
  }
}
