package dev.computeserver.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Lays the {@code COMPUTE_*} environment variables over the settings. */
final class Variables {
  static final String PREFIX = "COMPUTE_";
  /** Variables that are read elsewhere, so they are no mistake. */
  private static final Set<String> OTHERS = Set.of(LoadSettings.FOLDER_VARIABLE, "COMPUTE_LOG_LEVEL");

  private final List<Part> parts;
  private final List<Fault> faults;
  private final List<String> warnings;

  Variables(List<Part> parts, List<Fault> faults, List<String> warnings) {
    this.parts = parts;
    this.faults = faults;
    this.warnings = warnings;
  }

  /** The variable that overrides a setting. */
  static String name(List<String> path) {
    return PREFIX + String.join("_", path).toUpperCase(Locale.ROOT);
  }

  void apply(Map<String, String> env) {
    new TreeMap<>(env).forEach((name, value) -> {
      if (name.startsWith(PREFIX) && !OTHERS.contains(name)) {
        apply(name, value);
      }
    });
  }

  private void apply(String name, String value) {
    for (Part part : parts) {
      Optional<Schema.Leaf> leaf = part.schema.named(name.substring(PREFIX.length()));
      if (leaf.isPresent()) {
        apply(part, leaf.get(), name, value);
        return;
      }
    }
    warnings.add(name + " matches no setting and is ignored; correct its name or remove it");
  }

  private void apply(Part part, Schema.Leaf leaf, String name, String value) {
    List<String> path = leaf.path();
    if (path.get(0).equals("providers") && !part.tree.path("providers").has(path.get(1))) {
      warnings.add(name + " is ignored: providers.yaml has no entry " + path.get(1)
          + "; add one or remove the variable");
      return;
    }
    Optional<JsonNode> parsed = parse(leaf.schema(), value);
    if (parsed.isPresent()) {
      part.set(path, parsed.get(), name);
    } else {
      faults.add(new Fault(String.join(".", path), name, Allowed.problem(leaf.schema(), TextNode.valueOf(value)),
          "correct or unset " + name));
    }
  }

  private static Optional<JsonNode> parse(JsonNode schema, String value) {
    return switch (schema.path("type").asText()) {
      case "integer" -> value.strip().matches("-?\\d{1,18}")
          ? Optional.of(LongNode.valueOf(Long.parseLong(value.strip()))) : Optional.empty();
      case "boolean" -> switch (value.strip().toLowerCase(Locale.ROOT)) {
        case "true" -> Optional.of(BooleanNode.TRUE);
        case "false" -> Optional.of(BooleanNode.FALSE);
        default -> Optional.empty();
      };
      case "array" -> list(schema.path("items"), value);
      default -> Optional.of(TextNode.valueOf(value.strip()));
    };
  }

  private static Optional<JsonNode> list(JsonNode items, String value) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    if (value.isBlank()) {
      return Optional.of(list);
    }
    for (String item : value.split(",", -1)) {
      Optional<JsonNode> parsed = parse(items, item);
      if (parsed.isEmpty()) {
        return Optional.empty();
      }
      list.add(parsed.get());
    }
    return Optional.of(list);
  }
}
