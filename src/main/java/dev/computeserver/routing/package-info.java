/**
 * Who runs a task, and why: the choice among providers, the accept, the hint to the chosen queue, and what follows a failed
 * attempt. Owns the address {@code compute.router.submit}. Stands on {@code task}, {@code provider} and {@code bus}.
 */
package dev.computeserver.routing;
