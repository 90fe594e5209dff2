package dev.computeserver.routing;

import dev.computeserver.task.TaskState;
import java.util.List;

/**
 * The outcome of a choice.
 *
 * @param usable who may run it, best first
 * @param refused who may not, each with its reason
 */
public record RouteDecision(List<Candidate> usable, List<Candidate> refused) {
  public RouteDecision {
    usable = List.copyOf(usable);
    refused = List.copyOf(refused);
  }

  /** One provider and why it may run the task, or not. */
  public record Candidate(TaskState.Place place, boolean usable, String reason) {
  }
}
