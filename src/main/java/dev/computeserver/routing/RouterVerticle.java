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

  private final Bus bus;
  private final Routes routes;
  private final TaskStore store;
  private final TaskQueries queries;
  private final InstantSource clock;

  public RouterVerticle(Bus bus, Routes routes, TaskStore store, TaskQueries queries, InstantSource clock) {
    this.bus = bus;
    this.routes = routes;
    this.store = store;
    this.queries = queries;
    this.clock = clock;
  }

  @Override
  public Future<?> start() {
    return bus.serve(SUBMIT, this::submit);
  }

  private Future<Submitted> submit(Submit ask) {
    List<Task.New> chosen = new ArrayList<>(ask.tasks().size());
    for (int i = 0; i < ask.tasks().size(); i++) {
      Wanted wanted = ask.tasks().get(i);
      RouteDecision decision = routes.decide(wanted.request());
      if (decision.usable().isEmpty()) {
        return known(ask, Submitted.refused(i, Refused.Why.NO_PROVIDER, noProvider(wanted.request(), decision)));
      }
      Instant due = wanted.runAt() == null ? clock.instant() : wanted.runAt();
      chosen.add(new Task.New(TaskId.next(), wanted.request(), decision.usable().get(0).place(), due));
    }
    return store.accept(new TaskStore.Accept(ask.tenant(), chosen, ask.key(), ask.hash()))
        .map(accepted -> accepted(ask, chosen, accepted))
        .recover(failure -> refused(ask.tenant(), failure));
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
        bus.hint(ProviderQueueMap.addressOf(task.place().queue()), new ProviderQueueMap.Hint(task.id()));
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
        + (request.known() ? Routes.reasons(decision.refused()) : "this version of the server does not know it");
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
      return new Submitted(List.of(), List.of(), new Refused(index, why, detail));
    }
  }

  /** Which of the requests could not be accepted, and why. */
  public record Refused(int index, Why why, String detail) {
    /** The kinds of reasons. */
    public enum Why {
      NO_PROVIDER, KEY_REUSED, STORE_OUT, NOT_STORABLE
    }
  }
}
