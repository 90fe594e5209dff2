package dev.computeserver.conformance;

import dev.computeserver.catalog.ProviderCapability;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import javax.imageio.ImageIO;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;

/** The least input of each capability, with files that every provider takes. */
final class Samples {
  private static final int SIDE = 256;
  private static final String PICTURE = picture(Color.ORANGE, Color.DARK_GRAY);
  private static final String MASK = picture(Color.BLACK, Color.WHITE);
  private static final String SOUND = sound();

  private Samples() {
  }

  static JsonObject inputOf(ProviderCapability capability) {
    JsonObject input = new JsonObject();
    return switch (capability) {
      case IMAGE_GENERATION, VIDEO_GENERATION, TEXT_GENERATION, MUSIC_GENERATION, SOUND_GENERATION -> input.put("prompt", "a red fox in snow");
      case IMAGE_EDITING, IMAGE_UNDERSTANDING -> input.put("image_url", PICTURE).put("prompt", "a red fox");
      case INPAINTING -> input.put("image_url", PICTURE).put("mask_url", MASK).put("prompt", "a red fox");
      case BACKGROUND_REMOVAL, SUPER_RESOLUTION, IMAGE_TO_VIDEO, MODEL_3D_GENERATION -> input.put("image_url", PICTURE);
      case LIP_SYNC -> input.put("video_url", "https://example.com/a.mp4").put("audio_url", SOUND);
      case TEXT_EMBEDDING -> input.put("texts", new JsonArray().add("a red fox"));
      case SPEECH_SYNTHESIS -> input.put("text", "a red fox");
      case SPEECH_RECOGNITION -> input.put("audio_url", SOUND);
    };
  }

  /** A square in the middle of another. */
  static String picture(Color outside, Color inside) {
    BufferedImage picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = picture.createGraphics();
    pen.setColor(outside);
    pen.fillRect(0, 0, SIDE, SIDE);
    pen.setColor(inside);
    pen.fillRect(SIDE / 4, SIDE / 4, SIDE / 2, SIDE / 2);
    pen.dispose();
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ImageIO.write(picture, "png", out);
      return "data:image/png;base64," + Base64.getEncoder().encodeToString(out.toByteArray());
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /** A second of silence. */
  private static String sound() {
    byte[] samples = new byte[16_000];
    AudioFormat format = new AudioFormat(8_000, 16, 1, true, false);
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      AudioSystem.write(new AudioInputStream(new ByteArrayInputStream(samples), format, samples.length / 2), AudioFileFormat.Type.WAVE, out);
      return "data:audio/wav;base64," + Base64.getEncoder().encodeToString(out.toByteArray());
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }
}
