package dev.computeserver.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** One JSON Schema of {@code conf/schema}: what is a setting, of which type, with which default. */
final class Schema {
  /** A setting that a variable names: its path and its part of the schema. */
  record Leaf(List<String> path, JsonNode schema) {}

  private final JsonNode root;
  private final JsonSchema check;

  Schema(JsonNode root) {
    this.root = root;
    this.check = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(root);
  }

  Collection<ValidationMessage> validate(JsonNode tree) {
    return check.validate(tree);
  }

  /** What the schema says about a path, items of lists included; missing where the path is no setting. */
  JsonNode at(List<String> path) {
    JsonNode node = root;
    for (String step : path) {
      node = node.has("items") ? node.path("items") : child(node, step);
    }
    return node;
  }

  /** The setting that the rest of a variable's name stands for, such as {@code HTTP_PORT}. */
  Optional<Leaf> named(String rest) {
    return named(root, rest.toLowerCase(Locale.ROOT), List.of());
  }

  /** Puts the default of everything that is not set yet; groups that are missing come into being. */
  void fill(ObjectNode tree) {
    fill(root, tree);
  }

  private Optional<Leaf> named(JsonNode schema, String rest, List<String> path) {
    for (String key : candidates(schema, rest)) {
      JsonNode child = child(schema, key);
      List<String> deeper = new ArrayList<>(path);
      deeper.add(key);
      if (!isGroup(child)) {
        if (key.equals(rest)) {
          return Optional.of(new Leaf(deeper, child));
        }
      } else if (rest.startsWith(key + "_")) {
        Optional<Leaf> found = named(child, rest.substring(key.length() + 1), deeper);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  /** The keys that a name may begin with: the known ones, and where any key goes, each cut at an underscore. */
  private static List<String> candidates(JsonNode schema, String rest) {
    List<String> keys = new ArrayList<>();
    schema.path("properties").fieldNames().forEachRemaining(keys::add);
    if (schema.path("additionalProperties").isObject()) {
      for (int cut = rest.lastIndexOf('_'); cut > 0; cut = rest.lastIndexOf('_', cut - 1)) {
        keys.add(rest.substring(0, cut));
      }
    }
    return keys;
  }

  private void fill(JsonNode schema, ObjectNode tree) {
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      JsonNode child = resolved(property.getValue());
      if (child.has("default") && !tree.has(property.getKey())) {
        tree.set(property.getKey(), child.get("default").deepCopy());
      } else if (isGroup(child) && !tree.has(property.getKey()) && !child.has("required")
          && !child.has("minProperties")) {
        tree.putObject(property.getKey());
      }
    }
    for (Map.Entry<String, JsonNode> entry : tree.properties()) {
      JsonNode child = child(schema, entry.getKey());
      if (isGroup(child) && entry.getValue() instanceof ObjectNode group) {
        fill(child, group);
      }
    }
  }

  private JsonNode child(JsonNode schema, String key) {
    JsonNode known = schema.path("properties").path(key);
    return resolved(known.isMissingNode() ? schema.path("additionalProperties") : known);
  }

  private JsonNode resolved(JsonNode schema) {
    if (!schema.isObject()) {
      return MissingNode.getInstance();
    }
    return schema.has("$ref") ? root.at(schema.get("$ref").asText().substring(1)) : schema;
  }

  static boolean isGroup(JsonNode schema) {
    return schema.path("type").asText().equals("object");
  }
}
