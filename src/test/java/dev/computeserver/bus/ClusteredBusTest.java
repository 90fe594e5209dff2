package dev.computeserver.bus;

import dev.computeserver.support.TestCluster;
import io.vertx.core.Vertx;
import java.util.List;

class ClusteredBusTest extends BusContract {
  @Override
  List<Vertx> members() {
    TestCluster cluster = new TestCluster(2);
    return List.of(cluster.open(), cluster.open());
  }
}
