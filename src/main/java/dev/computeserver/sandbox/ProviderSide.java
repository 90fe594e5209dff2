package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderType;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.List;

/** One provider's protocol: its paths below {@code /<provider word>} and what its jobs want from the shop. */
interface ProviderSide {

  ProviderType provider();

  /** Adds the provider's routes; paths are relative to its base URL. */
  void mount(Router router);

  /**
   * What a job's files are made from, in the order of their index. Asked again when a file has left the shelf, and on a
   * worker where the input is big: it must depend on job and input alone.
   */
  List<Order> orders(SandboxJob job, JsonObject input);
}
