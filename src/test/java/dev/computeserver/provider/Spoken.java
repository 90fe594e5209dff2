package dev.computeserver.provider;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderCapability;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;
import javax.imageio.ImageIO;

/** What goes into a processor, and what a provider says to it. */
final class Spoken {
  private Spoken() {
  }

  static Submission submission(String capability, String model, String input) {
    return new Submission(UUID.randomUUID(), 1, Named.of(ProviderCapability.class, capability).orElseThrow(), model, new JsonObject(input),
        new JsonObject(), null, Map.of());
  }

  static Reply reply(int status, String body, String... headers) {
    MultiMap all = MultiMap.caseInsensitiveMultiMap();
    for (int i = 0; i < headers.length; i += 2) {
      all.add(headers[i], headers[i + 1]);
    }
    return new Reply(status, all, Buffer.buffer(body));
  }

  /** Half a second of silence as a data URI. */
  static String sound() {
    ByteBuffer wav = ByteBuffer.allocate(44 + 8_000).order(ByteOrder.LITTLE_ENDIAN);
    wav.put("RIFF".getBytes()).putInt(36 + 8_000).put("WAVEfmt ".getBytes()).putInt(16).putShort((short) 1).putShort((short) 1)
        .putInt(8_000).putInt(16_000).putShort((short) 2).putShort((short) 16).put("data".getBytes()).putInt(8_000);
    return "data:audio/wav;base64," + Base64.getEncoder().encodeToString(wav.array());
  }

  /** A mask of a white square on black as a data URI. */
  static String mask(int side) {
    BufferedImage mask = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    for (int i = side / 4 * side; i < side * 3 / 4 * side; i++) {
      mask.setRGB(i % side, i / side, i % side >= side / 4 && i % side < side * 3 / 4 ? 0xffffff : 0);
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    try {
      ImageIO.write(mask, "png", png);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(png.toByteArray());
  }

  static InputFile file(String contentType, int bytes) {
    return new InputFile(Buffer.buffer(new byte[bytes]), contentType);
  }
}
