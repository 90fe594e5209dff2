package dev.computeserver.provider;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;

/**
 * A client's input, read for a provider that can do less than the contract: what it cannot do is refused by the field's
 * name before anything is sent. Fields that are absent are null here.
 *
 * @param who the model or provider, for messages
 */
record Asked(JsonObject input, String who) {
  /** How far a ratio of width and height may be from one that a provider offers. */
  private static final double NEAR = 0.04;

  /** Copies a field, where it is given, under the provider's name for it. */
  Asked copy(String field, JsonObject to, String theirs) {
    if (input.getValue(field) != null) {
      to.put(theirs, input.getValue(field));
    }
    return this;
  }

  /** Refuses fields that the provider has nothing for. */
  Asked without(String... fields) {
    for (String field : fields) {
      if (input.getValue(field) != null) {
        throw InvalidInput.unwanted(field, "cannot be chosen at " + who + "; leave it out or take another provider");
      }
    }
    return this;
  }

  /** Refuses more than one output. */
  Asked single() {
    if (input.getInteger("num_outputs", 1) != 1) {
      throw InvalidInput.input("num_outputs", "must be 1: " + who + " makes one at a time");
    }
    return this;
  }

  /** The field's value, in the provider's own spelling. */
  String oneOf(String field, String... allowed) {
    String value = input.getString(field);
    if (value == null) {
      return null;
    }
    return Arrays.stream(allowed).filter(value::equalsIgnoreCase).findFirst()
        .orElseThrow(() -> InvalidInput.input(field, "must be one of " + String.join(", ", allowed) + " for " + who));
  }

  Integer oneOf(String field, List<Integer> allowed) {
    Double value = input.getDouble(field);
    if (value == null) {
      return null;
    }
    return allowed.stream().filter(each -> each.doubleValue() == value).findFirst().orElseThrow(() -> InvalidInput.input(field,
        "must be one of " + String.join(", ", allowed.stream().map(String::valueOf).toList()) + " for " + who));
  }

  Double between(String field, double least, double most) {
    Double value = input.getDouble(field);
    if (value != null && (value < least || value > most)) {
      throw InvalidInput.input(field, "must be from " + plain(least) + " to " + plain(most) + " for " + who);
    }
    return value;
  }

  Integer wholeBetween(String field, int least, int most) {
    Double value = between(field, least, most);
    if (value != null && value != Math.rint(value)) {
      throw InvalidInput.input(field, "must be a whole number from " + least + " to " + most + " for " + who);
    }
    return value == null ? null : value.intValue();
  }

  /** The provider's aspect ratio that was asked for, by name or by width and height. */
  String ratio(String... offered) {
    if (input.getString("aspect_ratio") != null) {
      return oneOf("aspect_ratio", offered);
    }
    if (longest() == 0) {
      return null;
    }
    double wanted = side("width") / (double) side("height");
    return Arrays.stream(offered).filter(each -> Math.abs(wanted / value(each) - 1) <= NEAR).findFirst()
        .orElseThrow(() -> sizes("must have one of the ratios " + String.join(", ", offered)));
  }

  /** About width and height together, at the place of the one that is given. */
  InvalidInput sizes(String what) {
    String given = input.getValue("width") == null ? "height" : "width";
    return new InvalidInput("/input/" + given, "input.width and input.height " + what + " for " + who);
  }

  /** The smallest of 1K, 2K and 4K that holds the longer of width and height; a K is 1024 pixels. */
  String kiloPixels() {
    int longest = longest();
    if (longest > 4_096) {
      throw sizes("must be at most 4096");
    }
    return longest == 0 ? null : longest <= 1_024 ? "1K" : longest <= 2_048 ? "2K" : "4K";
  }

  /** The texts to embed. */
  JsonArray texts() {
    return input.getJsonArray("texts", new JsonArray().add(input.getString("text", "")));
  }

  /** Either the whole conversation, or the prompt as its only message; with the instructions first, where there are any. */
  JsonArray messages() {
    JsonArray all = new JsonArray();
    if (input.getString("system") != null) {
      all.add(new JsonObject().put("role", "system").put("content", input.getString("system")));
    }
    JsonArray given = input.getJsonArray("messages");
    return given != null ? all.addAll(given) : all.add(new JsonObject().put("role", "user").put("content", input.getString("prompt")));
  }

  /** The longer of width and height in pixels; 0 where neither is given. */
  int longest() {
    return Math.max(input.getInteger("width", 0), input.getInteger("height", 0));
  }

  /** Width or height in pixels, of which one alone stands for both; 0 where neither is given. */
  int side(String name) {
    return input.getInteger(name, longest());
  }

  /** The same, refused where it is no multiple of {@code step} within the bounds. */
  int side(String name, int least, int most, int step) {
    int pixels = side(name);
    if (pixels < least || pixels > most || pixels % step != 0) {
      String given = input.getValue(name) != null ? name : name.equals("width") ? "height" : "width";
      throw InvalidInput.input(given, "must be a multiple of " + step + " from " + least + " to " + most + " for " + who);
    }
    return pixels;
  }

  static double value(String ratio) {
    String[] sides = ratio.split(":");
    return Double.parseDouble(sides[0]) / Double.parseDouble(sides[1]);
  }

  private static String plain(double number) {
    return number == Math.rint(number) ? String.valueOf((long) number) : String.valueOf(number);
  }
}
