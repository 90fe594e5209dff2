/**
 * The built-in PostgreSQL and Redis, for machines where none is named in the settings. Their programs come from the
 * class path and run as child processes on loopback; their data is below the data folder and outlives restarts.
 *
 * <p>Claim the {@link dev.computeserver.embedded.DataFolder} first, then start the servers in it, close them in
 * reverse. Everything here blocks: call it from {@code main} or a worker thread. Nothing here registers a JVM shutdown
 * hook, so the caller's own orderly shutdown can use the servers to its end.
 */
package dev.computeserver.embedded;
