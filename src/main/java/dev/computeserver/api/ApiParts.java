package dev.computeserver.api;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.bus.Bus;
import dev.computeserver.config.Role;
import dev.computeserver.config.Settings;
import dev.computeserver.delivery.RedisEvents;
import dev.computeserver.delivery.Webhooks;
import dev.computeserver.live.EventFeed;
import dev.computeserver.media.OutputStore;
import dev.computeserver.ops.Backlog;
import dev.computeserver.ops.Metrics;
import dev.computeserver.outbound.UrlGuard;
import dev.computeserver.provider.Desks;
import dev.computeserver.provider.ProcessorRegistry;
import dev.computeserver.provider.ProviderHealth;
import dev.computeserver.routing.RouterVerticle;
import dev.computeserver.routing.RouterVerticle.Submit;
import dev.computeserver.routing.RouterVerticle.Submitted;
import dev.computeserver.routing.TaskControl;
import dev.computeserver.task.EventLog;
import dev.computeserver.task.TaskQueries;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/**
 * What the edges stand on; one set per node.
 *
 * @param memory the node's budget for what others send
 * @param draining whether the node has begun to stop
 */
public record ApiParts(
    Settings settings, Bus bus, TaskQueries queries, EventLog log, EventFeed feed, TaskControl control, OutputStore outputs,
    Webhooks webhooks, RedisEvents redis, ProcessorRegistry registry, ProviderHealth health, UrlGuard guard, CallbackTokens tokens,
    Desks desks, ByteBudget memory, Metrics metrics, Backlog backlog, BooleanSupplier draining, InstantSource clock) {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Has requests accepted: by this node's router where it has one, else by any node's. */
  Future<Submitted> submit(Submit requests) {
    return settings.node().roles().contains(Role.ROUTER) ? bus.askHere(RouterVerticle.SUBMIT, requests, PATIENCE)
        : bus.ask(RouterVerticle.SUBMIT, requests, PATIENCE);
  }
}
