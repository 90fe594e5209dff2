package dev.computeserver.bench;

import java.util.List;

/** One program: starts what it needs, measures, ends it all, and gives its figures. */
interface Benchmark {

  String name();

  List<Figure> run(Options options) throws Exception;

  default Figure figure(String name, double value, String unit) {
    return new Figure(name(), name, value, unit);
  }
}
