/**
 * What every HTTP server here asks of a request before anything is done for it, in this order: it is well formed, its {@code Host} is
 * one of ours, its {@code Origin} is ours; then a route takes it, and only then its body is read, within the node's
 * {@link dev.computeserver.async.ByteBudget}. Whatever is refused is answered, and not read.
 */
package dev.computeserver.inbound;
