package dev.computeserver.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.computeserver.catalog.ProviderType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One loading: defaults, folder, environment, keys, check, and only then records. */
final class LoadSettings {
  static final String FOLDER_VARIABLE = "COMPUTE_CONF";
  private static final JsonMapper MAPPER =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private final Map<String, String> env;
  private final Part compute = ConfFiles.packaged("compute");
  private final Part providers = ConfFiles.packaged("providers");
  private final List<Part> parts = List.of(compute, providers);
  private final List<Fault> faults = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  LoadSettings(Map<String, String> env) {
    this.env = env;
  }

  Settings from(Path folder) {
    if (folder != null) {
      layFolder(folder);
    }
    new Variables(parts, faults, warnings).apply(env);
    addQueuesOfProviders();
    takeNamed("api_key");
    takeNamed("base_url");
    for (Part part : parts) {
      part.schema.fill(part.tree);
      faults.addAll(new SchemaFaults(part).list());
    }
    faults.addAll(new CrossChecks(compute, providers).faults());
    if (!faults.isEmpty()) {
      throw new InvalidSettings(faults);
    }
    return records(folder);
  }

  private void layFolder(Path folder) {
    if (!Files.isDirectory(folder)) {
      faults.add(new Fault(FOLDER_VARIABLE, "", "names " + folder + ", which is no folder",
          "create it, name another one, or unset " + FOLDER_VARIABLE));
    }
    for (Part part : parts) {
      Path file = folder.resolve(part.file);
      ConfFiles.read(file, faults).ifPresent(tree -> part.lay(tree, file.toString()));
    }
  }

  private void addQueuesOfProviders() {
    for (JsonNode provider : providers.tree.path("providers")) {
      String queue = provider.path("queue").asText();
      if (!queue.isEmpty() && compute.tree.get("queues") instanceof ObjectNode queues && !queues.has(queue)) {
        queues.putObject(queue);
      }
    }
  }

  /** The variable that {@code <setting>_env} names counts only where the setting is not set outright. */
  private void takeNamed(String setting) {
    for (Map.Entry<String, JsonNode> entry : providers.tree.path("providers").properties()) {
      String variable = entry.getValue().path(setting + "_env").asText();
      String value = env.getOrDefault(variable, "");
      if (entry.getValue().path(setting).asText().isBlank() && !value.isBlank()) {
        providers.set(List.of("providers", entry.getKey(), setting), providers.tree.textNode(value.strip()), "the variable " + variable);
      }
    }
  }

  private Settings records(Path folder) {
    ObjectNode tree = compute.tree.deepCopy();
    tree.put("folder", folder == null ? null : folder.toString());
    tree.set("providers", providers.tree.get("providers"));
    tree.set("played", MAPPER.valueToTree(ProviderType.values()));
    tree.putArray("warnings");
    try {
      Settings settings = MAPPER.treeToValue(tree, Settings.class);
      warnings.addAll(CrossChecks.warnings(settings));
      return settings.with(warnings);
    } catch (JsonProcessingException e) {
      // Without the cause, whose message may show a value.
      throw new IllegalStateException("conf/schema and the records of the settings do not fit at "
          + e.getLocation() + "; correct the schema or the record");
    }
  }
}
