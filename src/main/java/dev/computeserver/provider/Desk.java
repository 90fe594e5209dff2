package dev.computeserver.provider;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.ProviderConfig;
import dev.computeserver.config.Settings;
import dev.computeserver.task.Lease;
import dev.computeserver.task.Task;
import dev.computeserver.task.TaskQueries;
import dev.computeserver.task.TaskStore;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Function;

/**
 * What the attempts of one queue share.
 *
 * @param callbackUrl where a task's provider may report, or null where it cannot reach us
 */
record Desk(
    TaskStore store, Lease lease, TaskQueries queries, Settings.Tasks rules, Map<ProviderType, ProviderConfig> providers, Map<ProviderType, Sender> senders,
    Agenda agenda, Durations durations, Inputs inputs, Downloads downloads, AfterFailure afterFailure, Function<Task, String> callbackUrl,
    InstantSource clock) {
}
