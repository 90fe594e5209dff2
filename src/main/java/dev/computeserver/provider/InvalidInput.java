package dev.computeserver.provider;

/** What the client asked for cannot be done by a provider; the message names the field and what is allowed. */
public final class InvalidInput extends RuntimeException {
  private final String pointer;
  private final boolean whatever;

  /** @param pointer the place in the request, such as {@code /input/width} or {@code /model} */
  public InvalidInput(String pointer, String message) {
    this(pointer, message, false);
  }

  private InvalidInput(String pointer, String message, boolean whatever) {
    super(message, null, false, false);
    this.pointer = pointer;
    this.whatever = whatever;
  }

  /** About a field of the input; the message begins with its name: {@code input.width must be …}. */
  public static InvalidInput input(String field, String what) {
    return new InvalidInput("/input/" + field, "input." + field + " " + what);
  }

  /** About a field of the input for which there is no place, so that no value would do: {@code input.prompt cannot be chosen …}. */
  public static InvalidInput unwanted(String field, String what) {
    return new InvalidInput("/input/" + field, "input." + field + " " + what, true);
  }

  /** About an option for this provider alone. */
  public static InvalidInput option(String field, String what) {
    return new InvalidInput("/provider_options/" + field, "provider_options." + field + " " + what);
  }

  public static InvalidInput model(String what) {
    return new InvalidInput("/model", "model " + what);
  }

  /** A JSON pointer to the place in the request that is at fault. */
  public String pointer() {
    return pointer;
  }

  /** Whether no value of the field would do, nor any file behind it. */
  public boolean whatever() {
    return whatever;
  }
}
