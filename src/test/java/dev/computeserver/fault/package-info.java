/**
 * The fault tests: real nodes under load from outside, killed, paused, cut off and restarted at random and then counted, see
 * {@link dev.computeserver.fault.FaultTest}; or put through one long outage after another, see
 * {@link dev.computeserver.fault.Outages}. Programs with a command each; nothing here is run by the unit tests.
 */
package dev.computeserver.fault;
