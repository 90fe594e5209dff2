package dev.computeserver.provider;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;

/**
 * A graph of nodes with the places where a client's input goes.
 *
 * @param name of its file, which is what clients know as the model
 * @param graph node id to node, as ComfyUI exports it for its API
 * @param places where each input field goes
 * @param ignores fields that change nothing and are no mistake
 * @param fixed fields that can have no other value, since the graph is made for it
 */
record ComfyWorkflow(String name, ProviderCapability capability, JsonObject graph, Map<String, List<Place>> places, Set<String> ignores,
    JsonObject fixed) {
  private static final int SIDE_STEP = 8;
  private static final int LEAST_SIDE = 16;
  private static final int MOST_SIDE = 8_192;
  private static final int RATIO_STEP = 32;

  /**
   * One input of one node. A number {@code x} goes there as {@code x * times} rounded to a multiple of {@code step}, and
   * {@code plus} added; without a step as it is.
   *
   * @param min the least number that the node takes there, or null
   * @param max the greatest, or null
   */
  record Place(String node, String input, double times, double step, double plus, Double min, Double max) {
    static Place of(JsonObject place) {
      String[] at = place.getString("at").split("\\.", 2);
      return new Place(at[0], at.length < 2 ? "" : at[1], place.getDouble("times", 1.0), place.getDouble("step", 0.0), place.getDouble("plus", 0.0),
          place.getDouble("min"), place.getDouble("max"));
    }

    /** What the node would not take is refused by the field's name, with what it takes in the field's own unit. */
    Object fitted(String field, Object value, String workflow) {
      if (!(value instanceof Number number)) {
        return value;
      }
      double given = number.doubleValue() * times + plus;
      if (min != null && given < min || max != null && given > max) {
        throw InvalidInput.input(field, "must be " + allowed() + " for the workflow " + workflow);
      }
      if (times == 1 && step == 0 && plus == 0) {
        return value;
      }
      double scaled = number.doubleValue() * times;
      double stepped = (step == 0 ? scaled : Math.max(1, Math.round(scaled / step)) * step) + plus;
      return stepped == Math.rint(stepped) && step != 0 ? (Object) (long) stepped : (Object) stepped;
    }

    private String allowed() {
      String least = min == null ? "" : inFieldsUnit(min, Math::ceil);
      String most = max == null ? "" : inFieldsUnit(max, Math::floor);
      return max == null ? "at least " + least : min == null ? "at most " + most : "from " + least + " to " + most;
    }

    private String inFieldsUnit(double bound, DoubleUnaryOperator inward) {
      return BigDecimal.valueOf(inward.applyAsDouble((bound - plus) / times * 100) / 100).stripTrailingZeros().toPlainString();
    }
  }

  /** Reads the content of a file; throws IllegalStateException that says what to correct. */
  static ComfyWorkflow read(String name, JsonObject file) {
    try {
      ProviderCapability capability = Named.of(ProviderCapability.class, file.getString("capability"))
          .orElseThrow(() -> new IllegalStateException("capability is none"));
      JsonObject graph = file.getJsonObject("prompt");
      Map<String, List<Place>> places = new LinkedHashMap<>();
      for (String field : file.getJsonObject("inputs").fieldNames()) {
        places.put(field, places(field, file.getJsonObject("inputs").getValue(field), graph));
      }
      Set<String> ignores = file.getJsonArray("ignores", new JsonArray()).stream().map(String::valueOf).collect(Collectors.toSet());
      return new ComfyWorkflow(name, capability, graph, places, ignores, file.getJsonObject("fixed", new JsonObject()));
    } catch (RuntimeException wrong) {
      throw new IllegalStateException("comfyui/" + name + ".json: " + wrong.getMessage() + "; it needs capability, inputs (field to"
          + " \"node.input\") and prompt (the graph in API format)");
    }
  }

  private static List<Place> places(String field, Object value, JsonObject graph) {
    List<Place> places = new ArrayList<>();
    for (Object each : value instanceof JsonArray several ? several : JsonArray.of(value)) {
      JsonObject given = each instanceof JsonObject object ? object : new JsonObject().put("at", each);
      Place place = Place.of(given);
      if (place.input().isEmpty() || !graph.containsKey(place.node())) {
        throw new IllegalStateException("inputs." + field + " names " + given.getString("at") + ", which the graph has not");
      }
      places.add(place);
    }
    return places;
  }

  /** The graph with a client's input in its places; {@code seed} serves where the client gives none. */
  JsonObject filled(JsonObject input, long seed) {
    JsonObject values = input.copy();
    places.keySet().stream().filter(field -> field.endsWith("_url") && input.getString(field) == null).findFirst().ifPresent(field -> {
      throw InvalidInput.input(field, "is needed by the workflow " + name);
    });
    if (input.getValue("seed") == null) {
      values.put("seed", seed);
    }
    sizes(values);
    if (capability.word().startsWith("image") || capability.word().equals("inpainting")) {
      new Asked(input, "the workflow " + name).oneOf("output_format", "png");
      values.remove("output_format");
    }
    JsonObject whole = graph.copy();
    for (String field : values.fieldNames()) {
      if (fixed.containsKey(field)) {
        only(field, input);
        continue;
      }
      List<Place> at = places.get(field);
      // A seed of ours is not missed where the graph takes none.
      if (at == null && !ignores.contains(field) && input.getValue(field) != null) {
        throw InvalidInput.unwanted(field, "has no place in the workflow " + name + "; leave it out or add it to inputs in comfyui/"
            + name + ".json");
      }
      for (Place place : at == null ? List.<Place>of() : at) {
        whole.getJsonObject(place.node()).getJsonObject("inputs").put(place.input(), place.fitted(field, values.getValue(field), name));
      }
    }
    return whole;
  }

  private void only(String field, JsonObject input) {
    if (input.getValue(field) != null && !input.getValue(field).equals(fixed.getValue(field))) {
      throw InvalidInput.input(field, "must be " + fixed.getValue(field) + " for the workflow " + name);
    }
  }

  /** A ratio becomes width and height with about as many pixels as the graph has by itself. */
  private void sizes(JsonObject values) {
    if (!places.containsKey("width") || !places.containsKey("height")) {
      return;
    }
    Asked asked = new Asked(values, "the workflow " + name);
    if (asked.longest() > 0) {
      int width = asked.side("width", LEAST_SIDE, MOST_SIDE, SIDE_STEP);
      values.put("height", asked.side("height", LEAST_SIDE, MOST_SIDE, SIDE_STEP)).put("width", width);
    } else if (values.getString("aspect_ratio") != null) {
      double ratio = Asked.value(values.getString("aspect_ratio"));
      if (!(ratio >= 0.25 && ratio <= 4)) {
        throw InvalidInput.input("aspect_ratio", "must be between 4:1 and 1:4 for the workflow " + name);
      }
      double pixels = (double) own("width") * own("height");
      values.put("width", (int) Math.round(Math.sqrt(pixels * ratio) / RATIO_STEP) * RATIO_STEP);
      values.put("height", (int) Math.round(Math.sqrt(pixels / ratio) / RATIO_STEP) * RATIO_STEP);
    }
    values.remove("aspect_ratio");
  }

  private int own(String side) {
    Place place = places.get(side).get(0);
    return graph.getJsonObject(place.node()).getJsonObject("inputs").getInteger(place.input(), 512);
  }
}
