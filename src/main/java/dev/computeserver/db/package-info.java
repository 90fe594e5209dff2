/**
 * The way to PostgreSQL: the pool, the numbered migrations and the grouping of concurrent writes into shared commits.
 * Knows nothing of tasks.
 */
package dev.computeserver.db;
