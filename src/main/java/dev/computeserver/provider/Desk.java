package dev.computeserver.provider;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.config.ProviderConfig;
import dev.computeserver.config.Settings;
import dev.computeserver.task.Lease;
import dev.computeserver.task.ReportedJobs;
import dev.computeserver.task.TaskQueries;
import dev.computeserver.task.TaskStore;
import java.time.InstantSource;
import java.util.Map;

/**
 * What the attempts of one queue share.
 *
 * @param intents stored and not yet sent
 * @param room in memory for big inputs, in bytes
 * @param reported jobs whose callbacks came though the replies to their submits did not
 */
record Desk(
    TaskStore store, Lease lease, TaskQueries queries, Settings.Tasks rules, Map<ProviderType, ProviderConfig> providers,
    Map<ProviderType, Sender> senders, Map<ProviderType, Gate> gates, Map<ProviderType, Places> places, Places intents, Places room,
    Agenda agenda, Durations durations, Inputs inputs, Downloads downloads, AfterFailure afterFailure, CallbackAddresses addresses,
    ReportedJobs reported, Decisions decisions, ByteBudget memory, InstantSource clock) {
}
