package dev.computeserver.catalog;

/** The coarse kind of work; every {@link ProviderCapability} belongs to one. */
public enum TaskType implements Named {
  GENERATION, EDITING, ENHANCEMENT, ANALYSIS, CONVERSION
}
