package dev.computeserver.provider;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.Settings;
import dev.computeserver.task.TaskError;
import dev.computeserver.task.TaskError.Code;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets submits through to one provider as long as its account takes any. A refusal that says "later", or that the key or the account is
 * not good, shuts it for as long as the provider has named, else for a pause that grows with each refusal in a row. Then one submit tries.
 * Once one is taken the gate is open: for one more, then for as many at a time as were taken since, until it is plain that there is no
 * limit near; once one is refused it is shut again. What waits for it waits in the store and costs nothing.
 *
 * <p>Passes are taken and given on the event loop of the provider's queue; any thread may look.
 */
public final class Gate {
  private static final Logger LOG = LoggerFactory.getLogger(Gate.class);
  /** Nothing that may go elsewhere waits longer. */
  private static final long LONG_MILLIS = 5_000;
  private static final long SHORTEST_MILLIS = 100;
  private static final long LONGEST_MILLIS = TimeUnit.HOURS.toMillis(1);
  /** Pauses that the provider names and that do not help are kept so often, and are longer from then on. */
  private static final int BELIEVED = 3;
  /** So many taken in a row show that there is no limit near. */
  private static final int ENOUGH = 32;

  private final ProviderType provider;
  private final String keyName;
  private final InstantSource clock;
  private final Settings.Tasks rules;
  private Runnable watcher = () -> { };
  /** How often it was shut: who came through before tells nothing new. */
  private int times;
  /** Null while it is open, as the next is. */
  private TaskError why;
  private Instant since;
  private long until;
  private int refusals;
  /** Taken since it was shut. */
  private int taken = ENOUGH;
  /** Through, and neither taken nor refused yet. */
  private int out;
  private final RefusedKinds kinds = new RefusedKinds();

  /** @param keyName environment variable that holds the provider's key, or empty */
  Gate(ProviderType provider, String keyName, InstantSource clock, Settings.Tasks rules) {
    this.provider = provider;
    this.keyName = keyName;
    this.clock = clock;
    this.rules = rules;
  }

  /** Runs {@code work} when there may be more room, and when it was shut, on the stack of whoever has made it so. */
  void watch(Runnable work) {
    watcher = work;
  }

  /** How it stands now. */
  public synchronized Look look() {
    State state = why == null ? State.OPEN : shutMillis() > 0 ? State.SHUT : State.TRYING;
    return new Look(state, since, why == null ? null : Instant.ofEpochMilli(until), why, isAboutAccount() ? keyName : "");
  }

  /** Whether it has been shut for long, or will be, so that whatever may go elsewhere goes. */
  public synchronized boolean isShutForLong() {
    long now = clock.millis();
    return why != null && (isAboutAccount() || until - now > LONG_MILLIS || now - since.toEpochMilli() > LONG_MILLIS);
  }

  private boolean isAboutAccount() {
    return why != null && isAboutAccount(why.code());
  }

  /** Whether a refusal is about the key or the account itself, and not about the moment. */
  static boolean isAboutAccount(Code code) {
    return code == Code.PROVIDER_AUTH || code == Code.PROVIDER_QUOTA;
  }

  /** The same, or that it is too much for the account now: what all others meet, too. */
  static boolean concernsAll(Code code) {
    return isAboutAccount(code) || code == Code.PROVIDER_RATE_LIMITED;
  }

  /** How many submits it would let through now. */
  synchronized int room() {
    return isUnlimited() ? Integer.MAX_VALUE : shutMillis() > 0 ? 0 : Math.max(0, Math.max(1, taken) - out);
  }

  private boolean isUnlimited() {
    return why == null && taken >= ENOUGH;
  }

  /** Whether it counts those that it lets through. */
  synchronized boolean isLimited() {
    return !isUnlimited();
  }

  /** For how long it lets nobody through; 0 or less where it may. */
  synchronized long shutMillis() {
    return why == null ? 0 : until - clock.millis();
  }

  /**
   * Lets one submit through; empty where it has to wait.
   *
   * @param kind of the task, by what it may be refused for alone
   */
  synchronized Optional<Pass> pass(String kind) {
    if (room() == 0 || !kinds.lets(kind, clock.millis())) {
      return Optional.empty();
    }
    out++;
    return Optional.of(new Pass(kind));
  }

  /** Why a kind of task waits while others do not, and until when. */
  synchronized Optional<RefusedKinds.Wait> waiting(String kind) {
    return kinds.waiting(kind, clock.millis());
  }

  /** One submit's way through, which ends with what came of it. */
  final class Pass {
    private final String kind;
    private final int given = times;
    private final int ofKind;
    private boolean in = true;

    private Pass(String kind) {
      this.kind = kind;
      ofKind = kinds.times(kind);
    }

    /** Whether nobody whom it concerns has been refused since it was given. */
    boolean holds() {
      synchronized (Gate.this) {
        return in && given == times && ofKind == kinds.times(kind);
      }
    }

    /** The provider has taken the submit; or it has not refused it for so long that it will hardly do so. */
    void taken() {
      leave(true);
    }

    /** Nothing is known by it: it was not sent, its reply was lost, or what was refused was only its own input. */
    void close() {
      leave(false);
    }

    private void leave(boolean wasTaken) {
      boolean news;
      synchronized (Gate.this) {
        news = in && given == times && !isUnlimited();
        if (in && wasTaken) {
          kinds.taken(kind);
        }
        if (in && given == times) {
          out--;
          if (wasTaken) {
            open();
          }
        }
        in = false;
      }
      if (news) {
        watcher.run();
      }
    }

    /**
     * The provider takes nothing now; or nothing of this kind, where it has taken others since it first refused this one.
     *
     * @param refusal as clients may see it
     * @param asked the pause that the provider has named
     * @return whether it concerns all
     */
    boolean refused(TaskError refusal, Optional<Duration> asked) {
      boolean alone;
      synchronized (Gate.this) {
        boolean account = isAboutAccount(refusal.code());
        alone = account && kinds.isAlone(kind);
        if (!alone) {
          in = false;
          shut(given, refusal, named(asked));
        }
        if (account) {
          kinds.refused(kind, refusal, alone ? clock.millis() + Math.max(named(asked), Pauses.growing(kinds.times(kind), rules)) : until);
        }
      }
      if (alone) {
        close();
      } else {
        watcher.run();
      }
      return !alone;
    }
  }

  /** A job that was taken has ended with what concerns all others; of many at a time the first tells it. */
  void told(TaskError refusal, Duration pause) {
    synchronized (this) {
      shut(why == null ? times : times - 1, refusal, named(Optional.of(pause)));
    }
    watcher.run();
  }

  private static long named(Optional<Duration> asked) {
    return asked.map(pause -> Math.min(LONGEST_MILLIS, Math.max(SHORTEST_MILLIS, pause.toMillis()))).orElse(0L);
  }

  private void open() {
    if (isAboutAccount()) {
      LOG.info("{} takes submits again", provider.word());
    }
    why = null;
    since = null;
    refusals = 0;
    taken = Math.min(ENOUGH, taken + 1);
  }

  private void shut(int given, TaskError refusal, long named) {
    long now = clock.millis();
    if (given != times) {
      until = Math.max(until, now + named);
      return;
    }
    if (why == null) {
      since = clock.instant();
      tell(refusal);
    }
    boolean believed = named > 0 && refusals < BELIEVED;
    long pause = believed ? named : Math.max(named, Pauses.growing(named > 0 ? refusals - BELIEVED : refusals, rules));
    why = refusal;
    until = now + pause;
    refusals++;
    times++;
    taken = 0;
    out = 0;
  }

  private void tell(TaskError refusal) {
    if (isAboutAccount(refusal.code())) {
      LOG.warn("{} refuses {}: {}; its tasks go elsewhere where they may, and wait where not", provider.word(),
          keyName.isEmpty() ? "our account" : "the account of the key in " + keyName, refusal.message());
    } else {
      LOG.debug("{} takes no more now: {}", provider.word(), refusal.message());
    }
  }

  /** Whether submits get through: all, one at a time to see, or none. */
  public enum State implements Named {
    OPEN, TRYING, SHUT
  }

  /**
   * @param since when it was shut; null while it is open, as the next two are
   * @param until when one will try
   * @param keyName environment variable of the key that was refused; empty where it is not the key's fault, or has none
   */
  public record Look(State state, Instant since, Instant until, TaskError why, String keyName) {
  }
}
