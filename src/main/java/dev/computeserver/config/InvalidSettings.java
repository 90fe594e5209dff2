package dev.computeserver.config;

import java.util.List;
import java.util.stream.Collectors;

/** The settings cannot be used; the message lists every fault on a line of its own. */
public final class InvalidSettings extends RuntimeException {
  private final transient List<Fault> faults;

  InvalidSettings(List<Fault> faults) {
    super(faults.stream().map(fault -> "\n- " + fault)
        .collect(Collectors.joining("", faults.size() + " wrong setting" + (faults.size() == 1 ? "" : "s") + ":", "")));
    this.faults = List.copyOf(faults);
  }

  public List<Fault> faults() {
    return faults;
  }
}
