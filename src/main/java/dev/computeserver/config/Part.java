package dev.computeserver.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What one settings file becomes: the tree as merged so far, and who set what in it. */
final class Part {
  final String file;
  final Schema schema;
  final ObjectNode tree = JsonNodeFactory.instance.objectNode();
  private final Map<List<String>, String> sources = new HashMap<>();

  Part(String file, Schema schema) {
    this.file = file;
    this.schema = schema;
  }

  /** Lays one file over what is there: groups are merged, everything else is replaced, nothing is nothing. */
  void lay(ObjectNode over, String source) {
    lay(tree, over, List.of(), source);
  }

  /** Sets one value by its path; groups on the way come into being. */
  void set(List<String> path, JsonNode value, String source) {
    ObjectNode group = tree;
    for (String step : path.subList(0, path.size() - 1)) {
      group = group.get(step) instanceof ObjectNode there ? there : group.putObject(step);
    }
    group.set(path.get(path.size() - 1), value);
    sources.put(path, source);
  }

  /** The value at a path, items of lists included; missing where there is none. */
  JsonNode at(List<String> path) {
    JsonNode node = tree;
    for (String step : path) {
      node = node.isArray() ? node.path(Integer.parseInt(step)) : node.path(step);
    }
    return node;
  }

  /** The file or variable that set a path or, failing that, the group it is in; empty for none. */
  String source(List<String> path) {
    for (int length = path.size(); length > 0; length--) {
      String source = sources.get(path.subList(0, length));
      if (source != null) {
        return source;
      }
    }
    return "";
  }

  private void lay(ObjectNode under, ObjectNode over, List<String> path, String source) {
    for (Map.Entry<String, JsonNode> entry : over.properties()) {
      JsonNode value = entry.getValue();
      if (value.isNull()) {
        continue;
      }
      List<String> deeper = new ArrayList<>(path);
      deeper.add(entry.getKey());
      sources.put(deeper, source);
      if (value instanceof ObjectNode group) {
        ObjectNode there = under.get(entry.getKey()) instanceof ObjectNode o ? o : under.putObject(entry.getKey());
        lay(there, group, deeper, source);
      } else {
        under.set(entry.getKey(), asText(value, schema.at(deeper)));
      }
    }
  }

  /** YAML reads a bare true as a boolean, also where the setting is a word such as auto or true. */
  private static JsonNode asText(JsonNode value, JsonNode schema) {
    return value.isBoolean() && schema.path("type").asText().equals("string")
        ? TextNode.valueOf(value.asText()) : value;
  }
}
