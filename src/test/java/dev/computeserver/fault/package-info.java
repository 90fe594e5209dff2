/**
 * The fault test: real nodes under load from outside, killed, paused, cut off and restarted at random, and then counted. A
 * program with a command, see {@link dev.computeserver.fault.FaultTest}; nothing here is run by the unit tests.
 */
package dev.computeserver.fault;
