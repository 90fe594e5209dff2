package dev.computeserver.sandbox;

import dev.computeserver.sandbox.Unusable.Why;
import io.vertx.core.json.JsonArray;
import java.awt.image.BufferedImage;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;

/** Makes texts that name facts of the input. Blocking: for workers. */
final class Texts {

  private Texts() { }

  static Made describe(Order order, BufferedImage picture) {
    BufferedImage point = Pictures.scaled(Pictures.scaled(picture, 16, 16, BufferedImage.TYPE_INT_RGB), 1, 1,
        BufferedImage.TYPE_INT_RGB);
    int mean = point.getRGB(0, 0) & 0xFFFFFF;
    return Made.text(String.format(Locale.ROOT, "The picture is %d pixels wide and %d high; its middle colour is about "
        + "#%06x. You asked: %s", picture.getWidth(), picture.getHeight(), mean, order.prompt()), 0);
  }

  static Made answer(Order order) {
    String prompt = order.prompt().strip();
    int words = prompt.isEmpty() ? 0 : prompt.split("\\s+").length;
    String start = prompt.length() > 200 ? prompt.substring(0, 200) + "..." : prompt;
    return Made.text("You wrote " + words + " words (" + prompt.length() + " characters): \"" + start + "\"", 0);
  }

  static Made transcribe(byte[] sound) {
    if (!Sounds.isSound(sound)) {
      throw new Unusable(Why.NO_SOUND, 0, "the file is no sound that can be read; send WAV, MP3, FLAC, OGG or MP4");
    }
    Optional<Double> seconds = Sounds.seconds(sound);
    String length = seconds.map(s -> String.format(Locale.ROOT, "%.2f seconds long and ", s)).orElse("");
    return Made.text("This recording is " + length + sound.length + " bytes in size.", seconds.orElse(0.0));
  }

  /** A unit vector that depends on the text alone; 256 numbers where no count from 1 to 4096 is asked. */
  static JsonArray vector(String text, int dimensions) {
    int count = dimensions <= 0 || dimensions > 4096 ? 256 : dimensions;
    SplittableRandom random = new SplittableRandom(text.hashCode() * 0x9E3779B97F4A7C15L + text.length());
    double[] numbers = random.doubles(count, -1, 1).toArray();
    double length = 0;
    for (double number : numbers) {
      length += number * number;
    }
    JsonArray vector = new JsonArray();
    for (double number : numbers) {
      vector.add(number / Math.sqrt(length));
    }
    return vector;
  }
}
