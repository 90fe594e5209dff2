/**
 * What a node does besides its work: telling the others that it lives, keeping the store tidy, and telling Prometheus what
 * it counts: {@link dev.computeserver.ops.Metrics} owns the meters, others get its registry and count where things happen.
 * Every periodic job has a {@code runOnce}; the timer only calls it.
 */
package dev.computeserver.ops;
