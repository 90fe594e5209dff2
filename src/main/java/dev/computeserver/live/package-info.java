/**
 * Every event, once and in order, on each node. {@link dev.computeserver.live.EventFeed} makes one gapless stream of what
 * the nodes announce on {@code compute.events.feed} and what the store holds; {@link dev.computeserver.live.LiveHub} gives
 * it to the watchers of one event loop. The bus is a hint: what it loses is read from the store.
 */
package dev.computeserver.live;
