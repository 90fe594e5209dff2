/**
 * The only code that touches the event bus for messages between our own parts: typed addresses, asking and serving.
 * Messages are records, deeply immutable, since receivers on one node share the instance. Expected failures are part
 * of the reply record; an exception over the bus is a bug.
 */
package dev.computeserver.bus;
