/**
 * Requests to addresses that did not come from our own config: result links of providers, webhooks of clients. Each is
 * checked at the moment of connecting, so that nobody can make the server reach into the network it stands in.
 */
package dev.computeserver.outbound;
