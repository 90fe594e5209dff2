package dev.computeserver.bus;

import io.vertx.core.Vertx;
import java.util.List;

class LocalBusTest extends BusContract {
  @Override
  List<Vertx> members() {
    return List.of(Vertx.vertx());
  }
}
