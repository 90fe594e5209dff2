package dev.computeserver.provider;

import dev.computeserver.task.TaskError;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Kinds of tasks at one provider, by capability and model, that met a refusal of the key or the account last. It may be meant for them alone: a key
 * may lack a permission, or the credit be too little for what is dear. So others are let through before them, and where one of those is
 * taken, they wait for themselves. Guarded by its gate.
 */
final class RefusedKinds {
  private static final int MOST = 64;
  /** How long others may try before a refused kind does. */
  private static final long BEFORE_MILLIS = 2_000;
  /** What has been let through to see has its answer by then, or will hardly be refused. */
  private static final long TRY_MILLIS = 5_000;

  private final Map<String, Kind> kinds = new LinkedHashMap<>() {
    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Kind> eldest) {
      return size() > MOST;
    }
  };

  /** Whether one of a kind may be let through; of a refused one it is the only one for a while. */
  boolean lets(String name, long now) {
    Kind kind = kinds.get(name);
    if (kind == null) {
      return true;
    }
    if (kind.until > now) {
      return false;
    }
    kind.until = now + TRY_MILLIS;
    return true;
  }

  /** Why a kind waits, and until when; empty where it does not wait for itself. */
  Optional<Wait> waiting(String name, long now) {
    return Optional.ofNullable(kinds.get(name)).filter(kind -> kind.until > now).map(kind -> new Wait(kind.why, kind.until));
  }

  /** How often it was refused in a row. */
  int times(String name) {
    Kind kind = kinds.get(name);
    return kind == null ? 0 : kind.times;
  }

  /** Whether another one was taken since it was refused, so that a refusal is its own. */
  boolean isAlone(String name) {
    Kind kind = kinds.get(name);
    return kind != null && kind.othersTaken;
  }

  /** @param until when any might be let through again, as far as the gate is concerned */
  void refused(String name, TaskError why, long until) {
    Kind kind = kinds.computeIfAbsent(name, first -> new Kind());
    kind.why = why;
    kind.times++;
    kind.until = kind.othersTaken ? until : until + BEFORE_MILLIS;
  }

  void taken(String name) {
    kinds.remove(name);
    kinds.values().forEach(other -> other.othersTaken = true);
  }

  private static final class Kind {
    private TaskError why;
    private long until;
    private int times;
    private boolean othersTaken;
  }

  /** @param until in ms of the gate's clock */
  record Wait(TaskError why, long until) {
  }
}
