package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskError;
import dev.computeserver.task.TaskState;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** Decides what becomes of a task whose attempt has failed, or has to wait: another attempt, here or elsewhere, or the end. */
public interface AfterFailure {

  /**
   * @param error why the attempt failed
   * @param charged whether the provider takes money for it
   * @param jobMayRun whether the provider may still be working on it, or has worked for nothing, so that another attempt might be paid twice
   * @return the task's next state: queued again or failed
   */
  TaskState decide(Task task, TaskError error, Charged charged, boolean jobMayRun, Instant now);

  /**
   * Where a task may go on that its provider takes nothing of now; empty where it has to stay.
   *
   * @param refused words of the providers that have refused it: it goes round once
   * @param anyhow whether also where it would have to wait, too
   */
  Optional<TaskState.Place> elsewhere(Task task, Set<String> refused, boolean anyhow);
}
