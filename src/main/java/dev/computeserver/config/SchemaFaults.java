package dev.computeserver.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonNodePath;
import com.networknt.schema.ValidationMessage;
import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns what the schema validator found into faults in the words of the settings, one for each path. */
final class SchemaFaults {
  private static final String PROVIDERS_SCHEMA = "conf/schema/providers.schema.json";

  private final Part part;

  SchemaFaults(Part part) {
    this.part = part;
  }

  List<Fault> list() {
    Map<String, Fault> byPath = new LinkedHashMap<>();
    for (ValidationMessage message : part.schema.validate(part.tree)) {
      Fault fault = fault(message);
      byPath.putIfAbsent(fault.path(), fault);
    }
    return List.copyOf(byPath.values());
  }

  private Fault fault(ValidationMessage message) {
    List<String> path = steps(message.getInstanceLocation());
    switch (message.getType()) {
      case "additionalProperties":
        path.add(message.getProperty());
        return unknown(path);
      case "required":
        path.add(message.getProperty());
        return new Fault(dotted(path), part.source(path), "is missing, must be " + Allowed.values(part.schema.at(path)),
            "set it in " + part.file + " or by " + Variables.name(path));
      case "propertyNames":
        return new Fault(dotted(path), part.source(path), "has a name that is not allowed",
            "use lower-case letters, digits and _, a letter first, at most 63");
      default:
        return new Fault(dotted(path), part.source(path), Allowed.problem(part.schema.at(path), part.at(path)),
            next(path));
    }
  }

  private Fault unknown(List<String> path) {
    JsonNode known = part.schema.at(path.subList(0, path.size() - 1)).path("properties");
    List<String> names = new ArrayList<>();
    known.fieldNames().forEachRemaining(names::add);
    String wrong = path.get(path.size() - 1);
    Optional<String> line = lineOfSchema(path, wrong);
    if (line.isPresent()) {
      return new Fault(dotted(path), part.source(path), "is not in the schema yet", "add the line " + line.get() + " to " + PROVIDERS_SCHEMA);
    }
    String close = names.stream().filter(name -> distance(name, wrong) <= 2).findFirst()
        .map(name -> "did you mean " + name + "? Known here: ").orElse("remove it or use one of ");
    return new Fault(dotted(path), part.source(path), "is no setting", close + String.join(", ", names));
  }

  /** What makes a provider or a capability that the program knows known to the schema, too. */
  private static Optional<String> lineOfSchema(List<String> path, String name) {
    boolean provider = path.size() == 2 && path.get(0).equals("providers") && Named.of(ProviderType.class, name).isPresent();
    boolean capability = path.size() == 4 && path.get(2).equals("models") && Named.of(ProviderCapability.class, name).isPresent();
    return provider || capability ? Optional.of("\"" + name + "\": {\"$ref\": \"#/$defs/" + (provider ? "provider" : "models") + "\"},") : Optional.empty();
  }

  private String next(List<String> path) {
    String source = part.source(path);
    return source.startsWith(Variables.PREFIX) ? "correct or unset " + source
        : "correct it in " + (source.isEmpty() ? part.file : source) + " or set " + Variables.name(settingOf(path));
  }

  /** The path without the place in a list. */
  private static List<String> settingOf(List<String> path) {
    return path.stream().filter(step -> !step.matches("\\d+")).toList();
  }

  private static List<String> steps(JsonNodePath location) {
    List<String> steps = new ArrayList<>();
    for (int i = 0; i < location.getNameCount(); i++) {
      steps.add(String.valueOf(location.getElement(i)));
    }
    return steps;
  }

  private static String dotted(List<String> path) {
    return String.join(".", path);
  }

  /** Levenshtein distance, enough to find a slip of the finger. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
