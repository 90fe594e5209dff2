package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderType;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * How many more tasks of each provider a queue may have on this node: what {@code limits.max_in_flight} and the provider's gate leave. A
 * provider that is full, or takes nothing now, has none, and so stands in nobody's way. Used on the queue's event loop only.
 */
final class Rooms {
  private final Map<ProviderType, Room> rooms = new EnumMap<>(ProviderType.class);
  private final Map<UUID, Room> taken = new HashMap<>();

  /** The queue runs tasks of this provider, {@code limit} of them at most. */
  void add(ProviderType type, int limit, Gate gate) {
    rooms.put(type, new Room(limit, gate));
  }

  /** Whether the queue runs the provider's tasks at all. */
  boolean knows(ProviderType type) {
    return rooms.containsKey(type);
  }

  /** For how many more tasks of a provider whose tasks it runs there is room; never negative. */
  int of(ProviderType type) {
    Room room = rooms.get(type);
    return Math.max(0, Math.min(room.limit - room.held, room.gate.room() - room.coming.size()));
  }

  /** The same for all providers that have any, {@code most} at most for each. */
  Map<ProviderType, Integer> all(int most) {
    Map<ProviderType, Integer> all = new EnumMap<>(ProviderType.class);
    for (ProviderType type : rooms.keySet()) {
      int room = Math.min(most, of(type));
      if (room > 0) {
        all.put(type, room);
      }
    }
    return all;
  }

  /** A task is ours, or about to be, and on its way to its provider's gate. */
  void take(UUID task, ProviderType type) {
    Room room = rooms.get(type);
    if (room != null && taken.putIfAbsent(task, room) == null) {
      room.held++;
      room.coming.add(task);
    }
  }

  /** It runs now, wherever it came from; from here on the gate counts it. */
  void begin(UUID task, ProviderType type) {
    take(task, type);
    Room room = taken.get(task);
    if (room != null) {
      room.coming.remove(task);
    }
  }

  /** It is not ours any more. */
  void give(UUID task) {
    Room room = taken.remove(task);
    if (room != null) {
      room.coming.remove(task);
      room.held--;
    }
  }

  private static final class Room {
    private final int limit;
    private final Gate gate;
    private final Set<UUID> coming = new HashSet<>();
    private int held;

    private Room(int limit, Gate gate) {
      this.limit = limit;
      this.gate = gate;
    }
  }
}
