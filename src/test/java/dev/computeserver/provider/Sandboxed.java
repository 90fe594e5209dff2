package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import java.io.ByteArrayInputStream;

/** A whole node whose provider is the sandbox's; in inputs {@code PICTURE}, {@code MASK} and {@code SOUND} are files. */
final class Sandboxed implements AutoCloseable {
  private final String provider;
  private final TestNode node;

  Sandboxed(String provider) {
    this.provider = provider;
    String prefix = "COMPUTE_PROVIDERS_" + provider.toUpperCase(Locale.ROOT) + "_POLLING_";
    node = new TestNode(Map.of(prefix + "FIRST_MS", "50", prefix + "MIN_MS", "50", "COMPUTE_TASKS_RECONCILE_SECONDS", "5",
        "COMPUTE_TASKS_RETRY_FIRST_MS", "50", "COMPUTE_TASKS_RETRY_MAX_MS", "200"));
  }

  JsonObject run(String capability, String input, String fault) {
    return run(new JsonObject().put("capability", capability), input, fault);
  }

  private JsonObject run(JsonObject task, String input, String fault) {
    return wish(task, input, fault == null ? new JsonObject() : new JsonObject().put("fault", fault));
  }

  private JsonObject wish(JsonObject task, String input, JsonObject more) {
    JsonObject wish = new JsonObject().put("duration_ms", 100).put("queue_ms", 0).mergeIn(more);
    String whole = input.replace("PICTURE", picture(new Color(200, 120, 40), 64, 48)).replace("MASK", mask()).replace("SOUND", sound());
    return node.run(task.put("provider", provider).put("input", new JsonObject(whole))
        .put("max_attempts", 1).put("provider_options", new JsonObject().put("sandbox", wish)));
  }

  JsonObject completed(String capability, String input) {
    JsonObject task = run(capability, input, null);
    assertEquals("completed", task.getString("status"), () -> task.put("input", "…").encodePrettily());
    return task;
  }

  /** Of a model that is not the usual one. */
  JsonObject completedBy(String model, String capability, String input) {
    JsonObject task = wish(new JsonObject().put("capability", capability).put("model", model), input, new JsonObject());
    assertEquals("completed", task.getString("status"), () -> task.put("input", "…").encodePrettily());
    return task;
  }

  /** The content type of the one output. */
  String file(String capability, String input) {
    JsonArray outputs = completed(capability, input).getJsonArray("outputs");
    assertEquals(1, outputs.size());
    return outputs.getJsonObject(0).getString("content_type");
  }

  /** The provider says once that it cannot begin now: the task waits for it, and no attempt is burned. */
  void waitsFor(String fault, String capability, String input) {
    JsonObject task = wish(new JsonObject().put("capability", capability), input, new JsonObject().put("fault", fault).put("times", 1));
    assertEquals("completed", task.getString("status"), task::encodePrettily);
    assertEquals(1, task.getJsonArray("attempts").size(), task::encodePrettily);
  }

  /** The code that a task with a fault ends with. */
  String failed(String capability, String input, String fault) {
    JsonObject task = run(capability, input, fault);
    assertEquals("failed", task.getString("status"), task::encodePrettily);
    return task.getJsonObject("error").getString("code");
  }

  private static String picture(Color color, int width, int height) {
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = picture.createGraphics();
    pen.setColor(color);
    pen.fillRect(0, 0, width, height);
    return png(picture);
  }

  private static String mask() {
    BufferedImage mask = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = mask.createGraphics();
    pen.setColor(Color.WHITE);
    pen.fillRect(16, 12, 32, 24);
    return png(mask);
  }

  private static String png(BufferedImage picture) {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ImageIO.write(picture, "png", out);
      return "data:image/png;base64," + Base64.getEncoder().encodeToString(out.toByteArray());
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private static String sound() {
    try {
      byte[] samples = new byte[8_000];
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      AudioSystem.write(new AudioInputStream(new ByteArrayInputStream(samples), new AudioFormat(8_000, 16, 1, true, false), samples.length / 2),
          AudioFileFormat.Type.WAVE, out);
      return "data:audio/wav;base64," + Base64.getEncoder().encodeToString(out.toByteArray());
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  @Override
  public void close() {
    node.close();
  }
}
