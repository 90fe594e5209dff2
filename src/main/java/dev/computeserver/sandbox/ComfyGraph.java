package dev.computeserver.sandbox;

import static dev.computeserver.catalog.ProviderCapability.*;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.sandbox.Order.Shape;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** A graph of nodes as ComfyUI takes it: its faults, and what it would make, told by the nodes in it. */
final class ComfyGraph {

  /** What is wrong with a node; {@code node} is empty where the whole graph is. */
  record Wrong(String node, String type, String message, String details) { }

  private static final int MOST_FILES = 4;
  private static final int MOST_NODES = 1_000;

  private final JsonObject nodes;

  ComfyGraph(JsonObject nodes) {
    this.nodes = nodes;
  }

  int size() {
    return nodes.size();
  }

  Optional<Wrong> wrong() {
    if (nodes.size() > MOST_NODES || output().isEmpty()) {
      return Optional.of(new Wrong("", "prompt_no_outputs", "Prompt has no outputs", ""));
    }
    for (String id : nodes.fieldNames()) {
      if (!(nodes.getValue(id) instanceof JsonObject node) || !(node.getValue("class_type") instanceof String)
          || !(node.getValue("inputs") instanceof JsonObject inputs)) {
        return Optional.of(new Wrong("", "missing_node_type", "Node '" + id + "' has no class_type or inputs", "Node ID '#" + id + "'"));
      }
      for (String name : inputs.fieldNames()) {
        Object value = inputs.getValue(name);
        if (value == null) {
          return Optional.of(new Wrong(id, "required_input_missing", "Required input is missing", name));
        }
        boolean linked = value instanceof JsonArray link && link.size() == 2 && link.getValue(1) instanceof Integer;
        if (value instanceof JsonArray link && (!linked || !nodes.containsKey(String.valueOf(link.getValue(0))))) {
          return Optional.of(new Wrong(id, "bad_linked_input", "Bad linked input, must be a length-2 list of [node_id, slot_index]", name));
        }
      }
      boolean loads = kind(id).startsWith("LoadImage") && !inputs.getString("image", "").matches("(compute/)?[0-9a-f-]{36}\\.\\w+");
      if (loads) {
        return Optional.of(new Wrong(id, "custom_validation_failed", "Custom validation failed for node",
            "image - Invalid image file: " + inputs.getValue("image")));
      }
    }
    return Optional.empty();
  }

  /** The id of the node that saves the result. */
  Optional<String> output() {
    return new TreeSet<>(nodes.fieldNames()).stream().filter(id -> kind(id).startsWith("Save")).findFirst();
  }

  /** The key of the files in that node's output. */
  String outputKey() {
    String kind = output().map(this::kind).orElse("");
    return kind.equals("SaveGLB") ? "3d" : kind.startsWith("SaveAudio") ? "audio" : "images";
  }

  ProviderCapability what() {
    String kind = output().map(this::kind).orElse("");
    if (kind.equals("SaveGLB")) {
      return MODEL_3D_GENERATION;
    }
    if (kind.startsWith("SaveAudio")) {
      return has("TextEncodeAceStepAudio") ? MUSIC_GENERATION : SOUND_GENERATION;
    }
    if (kind.matches("SaveVideo|SaveWEBM|SaveAnimatedWEBP")) {
      return has("LoadImage") ? IMAGE_TO_VIDEO : VIDEO_GENERATION;
    }
    if (has("UpscaleModelLoader")) {
      return SUPER_RESOLUTION;
    }
    return has("LoadImageMask") ? INPAINTING : has("LoadImage") ? IMAGE_EDITING : IMAGE_GENERATION;
  }

  List<Order> orders(SandboxJob job, String origin) {
    List<String> sources = new ArrayList<>();
    for (String kind : List.of("LoadImage", "LoadImageMask")) {
      of(kind).map(inputs -> inputs.getString("image").replaceFirst("^compute/", "").replaceFirst("\\.\\w+$", ""))
          .ifPresent(id -> sources.add(origin + FileShelf.uploadPath(id)));
    }
    ProviderCapability what = what();
    double amount = what == SUPER_RESOLUTION ? 4 * number("scale_by", 1) : Math.max(number("length", 0) / 24, number("seconds", 0));
    int count = what == IMAGE_GENERATION ? (int) Math.max(1, Math.min(MOST_FILES, number("batch_size", 1))) : 1;
    List<Order> orders = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      orders.add(new Order(what, prompt(), sources, new Shape((int) number("width", 0), (int) number("height", 0), amount, "png"),
          (long) number("seed", job.id().hashCode() & 0x7FFFFFFF) + i, job.fault() == Fault.NSFW));
    }
    return orders;
  }

  /** The words that lead to the sampler's positive side. */
  private String prompt() {
    JsonObject node = nodes.fieldNames().stream().map(id -> nodes.getJsonObject(id).getJsonObject("inputs"))
        .filter(inputs -> inputs.getValue("positive") instanceof JsonArray && inputs.containsKey("sampler_name") | inputs.containsKey("sampler"))
        .findFirst().orElse(new JsonObject());
    for (int steps = 0; steps < 6; steps++) {
      if (node.getValue("text") instanceof String words) {
        return words;
      }
      if (node.getValue("tags") instanceof String words) {
        return words;
      }
      if (!(node.getValue("positive", node.getValue("conditioning")) instanceof JsonArray link)) {
        return "";
      }
      node = nodes.getJsonObject(String.valueOf(link.getValue(0))).getJsonObject("inputs");
    }
    return "";
  }

  private double number(String input, double otherwise) {
    return nodes.fieldNames().stream().map(id -> nodes.getJsonObject(id).getJsonObject("inputs").getValue(input))
        .filter(Number.class::isInstance).mapToDouble(value -> ((Number) value).doubleValue()).findFirst().orElse(otherwise);
  }

  private Optional<JsonObject> of(String kind) {
    return nodes.fieldNames().stream().filter(id -> kind(id).equals(kind)).map(id -> nodes.getJsonObject(id).getJsonObject("inputs")).findFirst();
  }

  private boolean has(String kind) {
    return of(kind).isPresent();
  }

  private String kind(String id) {
    return nodes.getValue(id) instanceof JsonObject node && node.getValue("class_type") instanceof String kind ? kind : "";
  }
}
