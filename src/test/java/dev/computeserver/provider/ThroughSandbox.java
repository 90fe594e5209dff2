package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Map;
import javax.imageio.ImageIO;

/** A whole node on which one provider's tasks run against the sandbox. */
final class ThroughSandbox implements AutoCloseable {
  final TestNode node;
  private final String provider;

  ThroughSandbox(String provider) {
    this(provider, 50, 1_000);
  }

  /** @param pause the first and the shortest pause between two looks at a job, in milliseconds */
  ThroughSandbox(String provider, int pause, int longest) {
    this.provider = provider;
    String prefix = "COMPUTE_PROVIDERS_" + provider.toUpperCase() + "_POLLING_";
    node = new TestNode(Map.of(prefix + "FIRST_MS", "" + pause, prefix + "MIN_MS", "" + pause, prefix + "MAX_MS", "" + longest,
        "COMPUTE_TASKS_RECONCILE_SECONDS", "3", "COMPUTE_TASKS_RETRY_FIRST_MS", "50", "COMPUTE_TASKS_RETRY_MAX_MS", "200",
        "COMPUTE_OUTPUTS_TIMEOUT_SECONDS", "5"));
  }

  /** A picture of a white square on grey as a data URI. */
  static String picture(int side) {
    BufferedImage picture = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = picture.createGraphics();
    pen.setColor(Color.GRAY);
    pen.fillRect(0, 0, side, side);
    pen.setColor(Color.WHITE);
    pen.fillRect(side / 4, side / 4, side / 2, side / 2);
    pen.dispose();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(picture, "png", out);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(out.toByteArray());
  }

  JsonObject task(String capability, String model, JsonObject input, JsonObject options) {
    JsonObject quick = new JsonObject().put("sandbox", new JsonObject().put("duration_ms", 50).put("queue_ms", 0));
    JsonObject task = new JsonObject().put("capability", capability).put("provider", provider).put("input", input)
        .put("provider_options", quick.mergeIn(options, true));
    return model == null || model.isEmpty() ? task : task.put("model", model);
  }

  /** Runs a task to its end, which must be good, and gives its only output. */
  JsonObject output(JsonObject task, String contentType) {
    JsonObject ended = node.run(task);
    assertEquals("completed", ended.getString("status"), ended::encodePrettily);
    JsonArray outputs = ended.getJsonArray("outputs");
    assertEquals(1, outputs.size());
    assertEquals(contentType, outputs.getJsonObject(0).getString("content_type"));
    assertTrue(outputs.getJsonObject(0).getLong("bytes") > 50);
    assertFalse(ended.getString("model").isEmpty());
    return outputs.getJsonObject(0);
  }

  String failure(JsonObject task) {
    JsonObject ended = node.run(task.put("max_attempts", 1));
    assertEquals("failed", ended.getString("status"), ended::encodePrettily);
    return ended.getJsonObject("error").getString("code");
  }

  @Override
  public void close() {
    node.close();
  }
}
