package dev.computeserver.config;

import dev.computeserver.catalog.Named;

/** A part of the server that a node may run: the edges, the choice of provider, the work itself. */
public enum Role implements Named {
  API, ROUTER, WORKER
}
