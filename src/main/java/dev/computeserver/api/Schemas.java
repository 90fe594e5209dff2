package dev.computeserver.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import com.networknt.schema.regex.RegularExpression;
import dev.computeserver.api.Problem.Fault;
import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.catalog.TaskType;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The JSON Schemas of requests, from {@code schema/}, and their faults as clients read them. */
final class Schemas {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Bounded task;
  private final Map<ProviderCapability, Bounded> inputs = new EnumMap<>(ProviderCapability.class);
  private final JsonObject inputDocuments;

  Schemas() {
    JsonSchemaFactory factory = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
    task = new Bounded(factory, withWords(read("schema/task.json")));
    JsonNode capabilities = read("schema/capabilities.json");
    capabilities.fields().forEachRemaining(each ->
        inputs.put(Named.of(ProviderCapability.class, each.getKey()).orElseThrow(), new Bounded(factory, each.getValue())));
    inputDocuments = new JsonObject(capabilities.toString());
  }

  /** The words come from the catalogue, so that a new one needs no second place. */
  private static JsonNode withWords(JsonNode schema) {
    words(schema.at("/properties/capability"), ProviderCapability.values());
    words(schema.at("/properties/type"), TaskType.values());
    words(schema.at("/properties/provider"), ProviderType.values());
    words(schema.at("/properties/providers/items"), ProviderType.values());
    return schema;
  }

  private static void words(JsonNode schema, Named[] values) {
    ArrayNode words = ((ObjectNode) schema).putArray("enum");
    Arrays.stream(values).forEach(value -> words.add(value.word()));
  }

  /** The schema of a capability's input, for people and programs. */
  JsonObject inputOf(ProviderCapability capability) {
    return inputDocuments.getJsonObject(capability.word());
  }

  /** Adds what is wrong with a request; pointers begin with {@code base}. */
  void check(JsonNode request, String base, RequestFaults faults) {
    task.check(request).forEach(message -> faults.add(fault(message, base)));
    JsonNode input = request.path("input");
    if (input.isObject()) {
      Named.of(ProviderCapability.class, request.path("capability").asText(null)).ifPresent(capability ->
          inputs.get(capability).check(input).forEach(message -> faults.add(fault(message, base + "/input"))));
    }
  }

  private static Fault fault(ValidationMessage message, String base) {
    String at = base + message.getInstanceLocation();
    String property = message.getProperty();
    Object[] arguments = message.getArguments();
    String schema = message.getSchemaLocation().toString();
    boolean alternative = schema.contains("/oneOf") || schema.contains("/anyOf");
    return switch (message.getType()) {
      case "required" -> alternative ? Fault.at(at, "needs " + property + " or one of its alternatives; see /v1/capabilities")
          : Fault.at(at + "/" + property, "is required");
      case "oneOf" -> Fault.at(at, "needs exactly one of its alternatives; see /v1/capabilities");
      case "anyOf" -> Fault.at(at, "needs at least one of its alternatives; see /v1/capabilities");
      case "additionalProperties" -> Fault.at(at + "/" + escaped(property), "is unknown here; what only a provider knows goes into provider_options");
      case "false" -> Fault.at(at, "must not be given together with " + excluding(schema));
      case "enum" -> Fault.at(at, "must be one of " + allowed(message));
      case "type" -> Fault.at(at, "must be of type " + arguments[1] + ", not " + arguments[0]);
      case "pattern" -> Fault.at(at, describe(message));
      default -> Fault.at(at, text(message));
    };
  }

  /** The field whose presence rules this one out, from the place in the schema that says so. */
  private static String excluding(String schema) {
    return schema.replaceAll(".*/dependentSchemas/([^/]+)/.*", "$1");
  }

  private static String allowed(ValidationMessage message) {
    JsonNode values = message.getSchemaNode() == null ? null : message.getSchemaNode();
    if (values == null || !values.isArray()) {
      return text(message);
    }
    List<String> words = new ArrayList<>();
    values.forEach(value -> words.add(value.asText()));
    return String.join(", ", words);
  }

  private static String describe(ValidationMessage message) {
    return message.getInstanceLocation().toString().endsWith("_url") ? "must be an http, https or data URL"
        : "does not have the form that is needed: " + message.getArguments()[0];
  }

  /** The validator's own words without the place, which stands beside them. */
  private static String text(ValidationMessage message) {
    String text = message.getMessage();
    int colon = text.indexOf(": ");
    return colon < 0 ? text : text.substring(colon + 2);
  }

  /** A name as a part of a pointer. */
  static String escaped(String property) {
    return property == null ? "" : property.replace("~", "~0").replace("/", "~1");
  }

  private static JsonNode read(String name) {
    try (InputStream in = Schemas.class.getClassLoader().getResourceAsStream(name)) {
      return MAPPER.readTree(in);
    } catch (IOException missing) {
      throw new IllegalStateException("the packaged file " + name + " cannot be read", missing);
    }
  }

  /** A schema that tells every fault of a small value, and the first one of a big value: each costs more than what it is about. */
  private static final class Bounded {
    private static final int MOST_VALUES = 1_000;

    private final JsonSchema every;
    private final JsonSchema first;

    Bounded(JsonSchemaFactory factory, JsonNode schema) {
      every = factory.getSchema(schema, config(false));
      first = factory.getSchema(schema, config(true));
      every.initializeValidators();
      first.initializeValidators();
    }

    private static SchemaValidatorsConfig config(boolean failFast) {
      return SchemaValidatorsConfig.builder().pathType(PathType.JSON_POINTER).failFast(failFast)
          .regularExpressionFactory(WholeText::new).build();
    }

    Set<ValidationMessage> check(JsonNode value) {
      return (more(value, MOST_VALUES) < 0 ? first : every).validate(value);
    }

    /** How many more values there may be after these; negative where it is too many. */
    private static int more(JsonNode value, int left) {
      int rest = left - 1;
      for (JsonNode each : value) {
        if (rest < 0) {
          return rest;
        }
        rest = more(each, rest);
      }
      return rest;
    }
  }

  /** {@code $} means the end of the text, as in JSON Schema; in Java it would also match before a line break at the end. */
  private static final class WholeText implements RegularExpression {
    private final Pattern pattern;

    WholeText(String regex) {
      pattern = Pattern.compile(regex.endsWith("$") && !regex.endsWith("\\$") ? regex.substring(0, regex.length() - 1) + "\\z" : regex);
    }

    @Override
    public boolean matches(String text) {
      return pattern.matcher(text).find();
    }
  }
}
