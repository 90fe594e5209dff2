/**
 * The edges: HTTP, WebSocket and the public addresses of the event bus, {@code compute.tasks.submit}, {@code .get} and
 * {@code .cancel}. Turns what comes in into checked records and what goes out into the contract's JSON; decides nothing
 * about tasks itself. All errors are one body, {@link dev.computeserver.api.Problem}.
 */
package dev.computeserver.api;
