/**
 * All that leaves after a state change: Redis messages and signed webhooks. Both start from what PostgreSQL holds, so an
 * outage of theirs delays and never loses. Stands on {@code task}, {@code db} and {@code outbound}.
 */
package dev.computeserver.delivery;
