package dev.computeserver.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/** Reads the settings files: those packed with the program and those of a folder. */
final class ConfFiles {
  private static final ObjectMapper YAML =
      new ObjectMapper(new YAMLFactory()).enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  private ConfFiles() {}

  /** A part with its schema and the packaged defaults. */
  static Part packaged(String name) {
    Part part = new Part(name + ".yaml", new Schema(resource("conf/schema/" + name + ".schema.json")));
    part.lay((ObjectNode) resource("conf/" + part.file), "the packaged " + part.file);
    return part;
  }

  /** The content of one file; empty where there is none, or where it is unreadable, which adds a fault. */
  static Optional<ObjectNode> read(Path file, List<Fault> faults) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (InputStream in = Files.newInputStream(file)) {
      JsonNode tree = YAML.readTree(in);
      if (tree instanceof ObjectNode object) {
        return Optional.of(object);
      }
      if (!tree.isMissingNode() && !tree.isNull()) {
        faults.add(new Fault(file.toString(), "", "is not a list of settings such as \"http:\"",
            "write each setting as name: value"));
      }
    } catch (JsonProcessingException e) {
      faults.add(unreadable(file, e));
    } catch (IOException e) {
      faults.add(new Fault(file.toString(), "", "cannot be read",
          "make it a file that this user may read"));
    }
    return Optional.empty();
  }

  /** Names line and column but never shows the line, which may hold a secret. */
  private static Fault unreadable(Path file, JsonProcessingException e) {
    String where = "";
    String problem = "is no YAML";
    if (e.getCause() instanceof MarkedYAMLException yaml && yaml.getProblemMark() != null) {
      Mark mark = yaml.getProblemMark();
      where = ", line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1);
    } else if (e.getLocation() != null) {
      JsonLocation at = e.getLocation();
      where = ", line " + at.getLineNr() + ", column " + at.getColumnNr();
    }
    if (e.getOriginalMessage() != null && e.getOriginalMessage().startsWith("Duplicate field")) {
      problem = "has a setting twice: " + e.getOriginalMessage().substring("Duplicate field".length()).strip();
    }
    return new Fault(file + where, "", problem, "correct the indentation, quotes or doubled name there or just before");
  }

  private static JsonNode resource(String name) {
    try (InputStream in = ConfFiles.class.getClassLoader().getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not in the program; build it again with the folder conf");
      }
      return YAML.readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException("the packaged " + name + " cannot be read; build the program again", e);
    }
  }
}
