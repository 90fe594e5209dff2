package dev.computeserver.bus;

/**
 * A place on the event bus and the two record types that are exchanged there.
 *
 * @param name the event-bus address
 * @param ask what is sent to it
 * @param reply what comes back
 */
public record Address<Q extends Record, R extends Record>(String name, Class<Q> ask, Class<R> reply) {
}
