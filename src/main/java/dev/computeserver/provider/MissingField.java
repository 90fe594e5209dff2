package dev.computeserver.provider;

/** A provider's reply lacks a field that it always has; so the reply is not what its API says. */
final class MissingField extends RuntimeException {
  MissingField(String field) {
    super("the field " + field + " is missing", null, false, false);
  }
}
