package dev.computeserver.provider;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Reads the workflows: those packed with the program, and those of the settings folder, which win. Blocks on files. */
final class ComfyWorkflows {
  private static final List<String> PACKED = List.of("image_generation", "image_editing", "inpainting", "super_resolution", "video_generation",
      "image_to_video", "music_generation", "sound_generation", "model_3d_generation");

  private ComfyWorkflows() {
  }

  /**
   * The workflows by name.
   *
   * @param conf the settings folder, or null without one
   */
  static Map<String, ComfyWorkflow> read(Path conf) {
    Map<String, ComfyWorkflow> found = new TreeMap<>();
    for (String name : PACKED) {
      try (InputStream in = ComfyWorkflows.class.getClassLoader().getResourceAsStream("conf/comfyui/" + name + ".json")) {
        if (in == null) {
          throw new IllegalStateException("conf/comfyui/" + name + ".json is not in the program; build it again with the folder conf");
        }
        found.put(name, parsed(name, in.readAllBytes()));
      } catch (IOException unreadable) {
        throw new IllegalStateException("the packed workflow " + name + " cannot be read; build the program again", unreadable);
      }
    }
    Path folder = conf == null ? null : conf.resolve("comfyui");
    if (folder != null && Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.filter(each -> each.toString().endsWith(".json")).sorted().toList()) {
          String name = file.getFileName().toString().replaceFirst("\\.json$", "");
          found.put(name, parsed(name, Files.readAllBytes(file)));
        }
      } catch (IOException unreadable) {
        throw new IllegalStateException("the workflows in " + folder + " cannot be read; make them readable for this user", unreadable);
      }
    }
    return found;
  }

  private static ComfyWorkflow parsed(String name, byte[] content) {
    try {
      return ComfyWorkflow.read(name, new JsonObject(Buffer.buffer(content)));
    } catch (DecodeException | ClassCastException notJson) {
      throw new IllegalStateException("comfyui/" + name + ".json is no JSON object; correct it");
    }
  }
}
