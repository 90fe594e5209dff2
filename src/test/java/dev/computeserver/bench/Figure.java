package dev.computeserver.bench;

import java.util.Locale;

/** One measured number: which program, what it means, its value (NaN: not measured) and unit. */
record Figure(String program, String name, double value, String unit) {

  String valueText() {
    if (Double.isNaN(value)) {
      return "-";
    }
    boolean whole = value == Math.rint(value) || Math.abs(value) >= 1000;
    return String.format(Locale.ROOT, whole ? "%.0f" : Math.abs(value) < 1 ? "%.3f" : "%.2f", value);
  }

  @Override
  public String toString() {
    return program + ": " + name + " = " + valueText() + " " + unit;
  }
}
