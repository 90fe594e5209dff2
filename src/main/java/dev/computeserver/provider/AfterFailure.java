package dev.computeserver.provider;

import dev.computeserver.task.Task;
import dev.computeserver.task.TaskError;
import dev.computeserver.task.TaskState;
import java.time.Instant;

/** Decides what becomes of a task whose attempt has failed: another attempt, here or elsewhere, or the end. */
public interface AfterFailure {

  /**
   * @param error why the attempt failed
   * @param jobMayRun whether the provider may still be working on it, so that another attempt might be paid twice
   * @return the task's next state: queued again or failed
   */
  TaskState decide(Task task, TaskError error, boolean jobMayRun, Instant now);
}
