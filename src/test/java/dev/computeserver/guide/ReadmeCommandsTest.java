package dev.computeserver.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's commands at a running node: each answers with the status beside it. */
class ReadmeCommandsTest {
  private static TestNode node;
  private final Readme readme = Readme.read();
  @TempDir Path folder;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of());
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void oneTaskRunsFromItsRequestToItsPicture() throws IOException, InterruptedException {
    List<JsonObject> answers = run("## One task, end to end");
    JsonObject ended = answers.get(1);
    assertEquals("completed", ended.getString("status"), ended::encodePrettily);
    assertEquals(512, ended.getJsonArray("outputs").getJsonObject(0).getInteger("width"));
    assertEquals("task.completed", last(answers.get(2).getJsonArray("events")).getString("type"));
    assertEquals(ended.getJsonArray("outputs").getJsonObject(0).getLong("bytes"), Files.size(folder.resolve("fox")));
    assertEquals(ended.getString("id"), answers.get(4).getJsonArray("tasks").getJsonObject(0).getString("id"));
  }

  @Test
  void aBadDayEndsWell() throws IOException, InterruptedException {
    JsonObject ended = last(new JsonArray(run("### A bad day on request")));
    assertEquals("completed", ended.getString("status"), ended::encodePrettily);
    JsonArray attempts = ended.getJsonArray("attempts");
    assertEquals(1, attempts.size());
    assertEquals("yes", attempts.getJsonObject(0).getString("charged"));
  }

  /** Their answers, those that are no JSON as empty objects; the first makes the task that the others ask for. */
  private List<JsonObject> run(String heading) throws IOException, InterruptedException {
    List<Curl> commands = new ArrayList<>();
    Readme.blocks(readme.section(heading).split("\n### ")[0], "").forEach(block -> commands.addAll(Curl.of(block)));
    assertTrue(commands.size() > 1, () -> heading + " shows no commands");
    List<JsonObject> answers = new ArrayList<>();
    for (Curl command : commands) {
      String id = answers.isEmpty() ? "" : answers.get(0).getString("id");
      Curl.Answer answer = command.run(folder, node.port(), id);
      assertEquals(command.status(), answer.status(), () -> command.line() + "\n" + answer.body());
      answers.add(answer.body().startsWith("{") ? new JsonObject(answer.body()) : new JsonObject());
    }
    return answers;
  }

  @Test
  void whatItSaysCanBeReadIsThere() {
    List<String> paths = Pattern.compile("`GET (/[^`]*)`").matcher(readme.text()).results().map(found -> found.group(1))
        .filter(path -> !path.contains("ID")).distinct().toList();
    assertTrue(paths.contains("/v1/providers") && paths.contains("/health/ready"), paths::toString);
    paths.forEach(path -> assertEquals(200, node.get(path).status(), path));
  }

  private static JsonObject last(JsonArray all) {
    return all.getJsonObject(all.size() - 1);
  }
}
