/** Mechanisms without a subject of their own: what bounds, orders and repeats the work of others. Stands on nothing of ours. */
package dev.computeserver.async;
