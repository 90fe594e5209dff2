package dev.computeserver.provider;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderType;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What this node has seen lately of each provider. A provider that is down, or that takes nothing for a while, comes last in the choice,
 * but stays in it.
 */
public final class ProviderHealth {
  private static final int FAILURES_TO_BE_DOWN = 5;
  private static final long DOWN_MILLIS = 30_000;

  private final InstantSource clock;
  private final Map<ProviderType, Seen> seen = new ConcurrentHashMap<>();
  private final Map<ProviderType, Gate> gates = new ConcurrentHashMap<>();

  public ProviderHealth(InstantSource clock) {
    this.clock = clock;
  }

  /** What submits to the provider pass on this node; empty where it serves no queue of the provider. */
  public Optional<Gate> gate(ProviderType type) {
    return Optional.ofNullable(gates.get(type));
  }

  void guard(ProviderType type, Gate gate) {
    gates.put(type, gate);
  }

  /**
   * {@code WAITING} while its gate is shut for long; {@code DOWN} after several failures in a row, until it answers again or half a minute
   * has gone by.
   */
  public State of(ProviderType type) {
    if (gate(type).filter(Gate::isShutForLong).isPresent()) {
      return State.WAITING;
    }
    Seen last = seen.get(type);
    if (last == null) {
      return State.UNKNOWN;
    }
    return last.failures >= FAILURES_TO_BE_DOWN && clock.millis() - last.at < DOWN_MILLIS ? State.DOWN : State.UP;
  }

  void answered(ProviderType type) {
    Seen last = seen.get(type);
    if (last == null || last.failures > 0) {
      seen.put(type, new Seen(0, clock.millis()));
    }
  }

  void failed(ProviderType type) {
    seen.merge(type, new Seen(1, clock.millis()), (last, now) -> new Seen(last.failures + 1, now.at));
  }

  /** How a provider looks from this node. */
  public enum State implements Named {
    UNKNOWN, UP, DOWN, WAITING;

    /** Whether others are asked before it. */
    public boolean comesLast() {
      return this == DOWN || this == WAITING;
    }
  }

  private record Seen(int failures, long at) {
  }
}
