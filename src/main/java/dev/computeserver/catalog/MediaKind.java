package dev.computeserver.catalog;

/** What files are for. */
public enum MediaKind implements Named {
  IMAGE, VIDEO, AUDIO,
  /** A scene or shape in three dimensions. */
  MODEL
}
