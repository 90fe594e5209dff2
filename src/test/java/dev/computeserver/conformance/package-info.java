/** One suite that every processor passes: the bad days of a provider, through the whole server. */
package dev.computeserver.conformance;
