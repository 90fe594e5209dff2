/**
 * What a node does besides its work: telling the others that it lives, and keeping the store tidy. Every periodic job has a
 * {@code runOnce}; the timer only calls it.
 */
package dev.computeserver.ops;
