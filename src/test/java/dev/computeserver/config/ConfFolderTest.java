package dev.computeserver.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The files, their schemas and the records say the same. */
class ConfFolderTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void theFileAndTheSchemaHaveTheSameDefaults() throws IOException {
    ObjectNode filled = JsonNodeFactory.instance.objectNode();
    filled.putObject("queues").putObject("fal_queue");
    new Schema(schema("compute")).fill(filled);

    assertEquals(JSON.readTree(filled.toString()), JSON.readTree(ConfFiles.packaged("compute").tree.toString()));
  }

  @Test
  void theFalEntryShowsTheDefaultsOfTheSchema() throws IOException {
    JsonNode fal = ConfFiles.packaged("providers").tree.at("/providers/fal_standard");
    ObjectNode bare = JsonNodeFactory.instance.objectNode();
    ObjectNode entry = bare.putObject("providers").putObject("fal_standard");
    for (String own : List.of("base_url", "queue", "models", "api_key_env")) {
      entry.set(own, fal.get(own));
    }
    new Schema(schema("providers")).fill(bare);

    assertEquals(JSON.readTree(bare.at("/providers/fal_standard").toString()), JSON.readTree(fal.toString()));
  }

  @Test
  void theSchemaKnowsEveryProviderAndCapability() throws IOException {
    JsonNode root = schema("providers");

    String next = "add or remove lines of conf/schema/providers.schema.json, such as \"NAME\": {\"$ref\": \"#/$defs/";
    assertEquals(words(ProviderType.values()), names(root.at("/properties/providers/properties")), next + "provider\"},");
    assertEquals(words(ProviderCapability.values()),
        names(root.at("/$defs/provider/properties/models/properties")), next + "models\"},");
  }

  /** As whoever adds a provider or a capability may forget it. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "/properties/providers/properties|luma|providers.luma|\"luma\": {\"$ref\": \"#/$defs/provider\"},",
      "/$defs/provider/properties/models/properties|lip_sync|providers.fal_standard.models.lip_sync|\"lip_sync\": {\"$ref\": \"#/$defs/models\"},"})
  void aLineThatTheSchemaLacksIsSaidWithItsFile(String group, String lacking, String path, String line) throws IOException {
    JsonNode root = schema("providers");
    ((ObjectNode) root.at(group)).remove(lacking);
    Part part = new Part("providers.yaml", new Schema(root));
    part.lay(ConfFiles.packaged("providers").tree, "providers.yaml");

    Fault fault = new SchemaFaults(part).list().stream().filter(each -> each.path().equals(path)).findFirst().orElseThrow();
    assertEquals("add the line " + line + " to conf/schema/providers.schema.json", fault.next());
  }

  @Test
  void everyPropertyHasATypeAndOneSentenceAndEveryNumberARange() throws IOException {
    check(schema("compute"), "compute");
    JsonNode providers = schema("providers");
    check(providers, "providers");
    check(providers.at("/$defs/provider"), "provider");
  }

  private static void check(JsonNode group, String path) {
    assertTrue(!group.has("properties") || group.path("additionalProperties").isBoolean(), path);
    for (Map.Entry<String, JsonNode> property : group.path("properties").properties()) {
      JsonNode schema = property.getValue();
      String here = path + "." + property.getKey();
      if (schema.has("$ref")) {
        continue;
      }
      assertTrue(schema.path("description").asText().endsWith("."), here);
      assertFalse(schema.path("type").asText().isEmpty(), here);
      if (schema.path("type").asText().equals("integer")) {
        assertTrue(schema.has("minimum") && schema.has("maximum"), here);
      }
      check(schema, here);
      check(schema.path("additionalProperties"), here);
    }
  }

  private static JsonNode schema(String name) throws IOException {
    String file = "conf/schema/" + name + ".schema.json";
    try (InputStream in = ConfFolderTest.class.getClassLoader().getResourceAsStream(file)) {
      return JSON.readTree(in);
    }
  }

  private static Set<String> words(Named[] values) {
    return Arrays.stream(values).map(Named::word).collect(Collectors.toSet());
  }

  private static Set<String> names(JsonNode node) {
    Set<String> names = new LinkedHashSet<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
