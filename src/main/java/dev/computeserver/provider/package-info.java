/**
 * Running tasks at providers. A provider is one {@link dev.computeserver.provider.ProviderProcessor} of pure mapping in
 * one file, listed in {@link dev.computeserver.provider.Processors}; everything that it shares with the others is
 * written once: {@code Sender} does the HTTP, {@code Attempt} the durable flow, {@code QueueVerticle} serves the queue's
 * address (the queue's name, from the provider queue map) with all processors mapped to it. {@code CallbackDesk} takes what
 * providers report, by the rules that processors declare; {@code Reconcile} finds the job of a lost submit. Others may use the
 * registry, the queue addresses and the records of the processors' language: Submission, Exchange, Reply, Step, Job.
 */
package dev.computeserver.provider;
