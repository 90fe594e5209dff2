package dev.computeserver.routing;

import dev.computeserver.bus.Address;
import dev.computeserver.bus.Bus;
import dev.computeserver.db.Faults;
import dev.computeserver.provider.ProviderQueueMap;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskId;
import dev.computeserver.task.TaskQueries;
import dev.computeserver.task.TaskRequest;
import dev.computeserver.task.TaskStore;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Accepts requests: chooses provider and queue, stores, hints. */
public final class RouterVerticle extends VerticleBase {
  /** Where checked requests are accepted. */
  public static final Address<Submit, Submitted> SUBMIT = new Address<>("compute.router.submit", Submit.class, Submitted.class);

  private static final Logger LOG = LoggerFactory.getLogger(RouterVerticle.class);
  private static final int MOST_FAULTS = 100;
  /** Of requests, in bytes: some hundred usual ones, which take a few milliseconds. */
  private static final long MOST_ON_LOOP = 16 * 1024;

  private final Bus bus;
  private final Routes routes;
  private final TaskStore store;
  private final TaskQueries queries;
  private final InstantSource clock;
  private WorkerExecutor workers;

  public RouterVerticle(Bus bus, Routes routes, TaskStore store, TaskQueries queries, InstantSource clock) {
    this.bus = bus;
    this.routes = routes;
    this.store = store;
    this.queries = queries;
    this.clock = clock;
  }

  @Override
  public Future<?> start() {
    workers = vertx.createSharedWorkerExecutor("choosing", 1);
    return bus.serve(SUBMIT, this::submit);
  }

  private Future<Submitted> submit(Submit ask) {
    return chosen(ask.tasks()).compose(choice -> {
      if (choice.refused != null) {
        return known(ask, new Submitted(List.of(), List.of(), choice.refused));
      }
      List<Task.New> tasks = choice.tasks;
      return store.accept(new TaskStore.Accept(ask.tenant(), tasks, ask.key(), ask.hash()))
          .map(accepted -> accepted(ask, tasks, accepted))
          .recover(failure -> refused(ask.tenant(), failure));
    });
  }

  /** Choosing looks at all of a request for each provider, so that many or big ones are chosen for beside the event loop. */
  private Future<Choice> chosen(List<Wanted> wanted) {
    long bytes = 0;
    for (int i = 0; i < wanted.size() && bytes <= MOST_ON_LOOP; i++) {
      bytes += wanted.get(i).request().bytes();
    }
    return bytes > MOST_ON_LOOP ? workers.executeBlocking(() -> choose(wanted), false) : Future.succeededFuture(choose(wanted));
  }

  private Choice choose(List<Wanted> wanted) {
    List<Task.New> tasks = new ArrayList<>(wanted.size());
    List<Fault> faults = new ArrayList<>();
    int firstInvalid = 0;
    for (int i = 0; i < wanted.size() && faults.size() < MOST_FAULTS; i++) {
      TaskRequest request = wanted.get(i).request();
      RouteDecision decision = routes.decide(request);
      if (decision.isInvalid()) {
        firstInvalid = faults.isEmpty() ? i : firstInvalid;
        faults.addAll(faults(i, request, decision));
      } else if (decision.usable().isEmpty()) {
        return new Choice(List.of(), new Refused(i, Refused.Why.NO_PROVIDER, noProvider(request, decision), List.of()));
      } else {
        Instant due = wanted.get(i).runAt() == null ? clock.instant() : wanted.get(i).runAt();
        tasks.add(new Task.New(TaskId.next(), request, decision.route(), decision.usable().get(0), due));
      }
    }
    return faults.isEmpty() ? new Choice(tasks, null)
        : new Choice(List.of(), new Refused(firstInvalid, Refused.Why.INVALID, "no provider would take the input", faults));
  }

  /** What each of those who might have run it would refuse; who else would take it is told once, unless it is about wishes to one provider. */
  private List<Fault> faults(int index, TaskRequest request, RouteDecision decision) {
    List<Fault> faults = new ArrayList<>();
    String hints = routes.hints(request);
    for (RouteDecision.Refusal each : decision.refused()) {
      if (each.kind() == RouteDecision.Kind.INPUT) {
        boolean hinted = faults.isEmpty() && !hints.isEmpty() && !each.pointer().startsWith("/provider_options");
        String hint = hinted ? "; it " + hints : "";
        faults.add(new Fault(index, each.pointer(), each.provider().word() + " " + each.text() + hint));
      }
    }
    return faults;
  }

  /** What was accepted once is not refused to a repeat because providers have changed since. */
  private Future<Submitted> known(Submit ask, Submitted refused) {
    return ask.key() == null ? Future.succeededFuture(refused)
        : queries.accepted(ask.tenant(), ask.key()).map(before -> before.map(first -> repeated(ask, first)).orElse(refused)).recover(failure -> refused(ask.tenant(), failure));
  }

  private static Submitted repeated(Submit ask, TaskStore.Accepted first) {
    return ask.hash().equals(first.firstHash()) ? Submitted.replayed(first.ids())
        : Submitted.refused(0, Refused.Why.KEY_REUSED, "the Idempotency-Key was used before with another body; use a new key");
  }

  private Submitted accepted(Submit ask, List<Task.New> chosen, TaskStore.Accepted accepted) {
    if (!accepted.stored()) {
      return repeated(ask, accepted);
    }
    Instant now = clock.instant();
    for (Task.New task : chosen) {
      if (!task.dueAt().isAfter(now)) {
        bus.hint(ProviderQueueMap.addressOf(task.place().queue()), new ProviderQueueMap.Hint(task.id(), task.place().provider().word()));
      }
    }
    return new Submitted(chosen.stream().map(task -> task.accepted(ask.tenant())).toList(), List.of(), null);
  }

  private Future<Submitted> refused(String tenant, Throwable failure) {
    if (Faults.isOutage(failure)) {
      return Future.succeededFuture(Submitted.refused(0, Refused.Why.STORE_OUT, Faults.told(failure)));
    }
    if (Faults.isRefusal(failure)) {
      LOG.info("A request of {} holds what the database does not take: {}", tenant, failure.getMessage());
      return Future.succeededFuture(Submitted.refused(0, Refused.Why.NOT_STORABLE,
          "the request holds what the task store cannot keep, such as a number beyond its range; correct its input, provider_options or metadata"));
    }
    return Future.failedFuture(failure);
  }

  private static String noProvider(TaskRequest request, RouteDecision decision) {
    String what = request.pinned() ? "the provider " + request.providerWords().get(0) + " cannot run " : "no configured provider can run ";
    return what + request.capabilityWord() + ": "
        + (request.known() ? decision.reasons() : "this version of the server does not know it");
  }

  /**
   * Checked requests, stored all or none.
   *
   * @param key the client's idempotency key, or null; then the hash is null too
   */
  public record Submit(String tenant, List<Wanted> tasks, String key, String hash) {
    public Submit {
      tasks = List.copyOf(tasks);
    }
  }

  /** One request; {@code runAt} null means at once. */
  public record Wanted(TaskRequest request, Instant runAt) {
  }

  /** Either the new tasks, or the ids of those that the key stands for, or why not. */
  public record Submitted(List<Task> tasks, List<UUID> replayed, Refused refused) {
    public Submitted {
      tasks = List.copyOf(tasks);
      replayed = List.copyOf(replayed);
    }

    static Submitted replayed(List<UUID> ids) {
      return new Submitted(List.of(), ids, null);
    }

    static Submitted refused(int index, Refused.Why why, String detail) {
      return new Submitted(List.of(), List.of(), new Refused(index, why, detail, List.of()));
    }
  }

  /**
   * Which of the requests could not be accepted, and why.
   *
   * @param faults the places that are at fault, of this one and of others; empty where none is
   */
  public record Refused(int index, Why why, String detail, List<Fault> faults) {
    public Refused {
      faults = List.copyOf(faults);
    }

    /** The kinds of reasons. */
    public enum Why {
      NO_PROVIDER, INVALID, KEY_REUSED, STORE_OUT, NOT_STORABLE
    }
  }

  /**
   * What providers would refuse.
   *
   * @param index of the request
   * @param pointer the place in it
   */
  public record Fault(int index, String pointer, String detail) {
  }

  /** @param refused why nothing was chosen, or null */
  private record Choice(List<Task.New> tasks, Refused refused) {
  }
}
