package dev.computeserver.sandbox;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Makes sounds: WAV, 22,050 Hz, 16 bit, one channel. Blocking: for workers. */
final class Sounds {

  private static final int RATE = 22_050;
  private static final double[] CHORD = {1, 1.26, 1.5, 2};

  private interface Tone {
    double hertz(double second);
  }

  private Sounds() { }

  /** As long as the text takes to say, 15 letters a second; the voice goes up and down by letter. */
  static Made speech(Order order) {
    String text = order.prompt();
    double seconds = order.shape().amount() > 0 ? order.shape().amount() : text.length() / 15.0;
    double base = 110 + Math.floorMod(order.seed(), 60L);
    return wav(seconds, 0.3, 60, second -> {
      int letter = (int) (second * 15);
      return letter < text.length() ? base + text.charAt(letter) % 40 * 3 : base;
    });
  }

  /** A broken chord, 8 s where nothing is asked, 60 s at most. */
  static Made music(Order order) {
    double base = 180 + Math.floorMod(order.prompt().hashCode() + order.seed(), 120L);
    return wav(order.shape().amount() > 0 ? order.shape().amount() : 8, 0.5, 60,
        second -> base * CHORD[(int) (second * 4) % CHORD.length]);
  }

  /** A rising tone, 2 s where nothing is asked, 22 s at most. */
  static Made effect(Order order) {
    double base = 200 + Math.floorMod(order.prompt().hashCode() + order.seed(), 300L);
    return wav(order.shape().amount() > 0 ? order.shape().amount() : 2, 0.5, 22, second -> base + 120 * second);
  }

  /** The length of a WAV file in seconds; empty for other files. */
  static Optional<Double> seconds(byte[] bytes) {
    if (bytes.length < 44 || !starts(bytes, 0, "RIFF") || !starts(bytes, 8, "WAVE")) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int bytesASecond = 0;
    for (int at = 12; at + 8 <= bytes.length;) {
      long size = in.getInt(at + 4) & 0xFFFFFFFFL;
      if (starts(bytes, at, "fmt ") && at + 20 <= bytes.length) {
        bytesASecond = in.getInt(at + 16);
      } else if (starts(bytes, at, "data")) {
        return bytesASecond <= 0 ? Optional.empty()
            : Optional.of(Math.min(size, bytes.length - at - 8L) / (double) bytesASecond);
      }
      long next = at + 8 + size + (size & 1);
      if (next > bytes.length) {
        break;
      }
      at = (int) next;
    }
    return Optional.empty();
  }

  /** Whether the bytes begin like a sound or video file. */
  static boolean isSound(byte[] bytes) {
    return starts(bytes, 0, "RIFF") || starts(bytes, 0, "ID3") || starts(bytes, 0, "OggS") || starts(bytes, 0, "fLaC")
        || starts(bytes, 4, "ftyp") || bytes.length > 3 && bytes[0] == (byte) 0xFF && (bytes[1] & 0xE0) == 0xE0
        || bytes.length > 3 && bytes[0] == 0x1A && bytes[1] == 0x45;
  }

  static boolean starts(byte[] bytes, int at, String word) {
    if (bytes.length < at + word.length()) {
      return false;
    }
    return new String(bytes, at, word.length(), StandardCharsets.ISO_8859_1).equals(word);
  }

  private static Made wav(double asked, double least, double most, Tone tone) {
    double seconds = Math.max(least, Math.min(most, asked));
    int samples = (int) (seconds * RATE);
    ByteBuffer out = ByteBuffer.allocate(44 + samples * 2).order(ByteOrder.LITTLE_ENDIAN);
    out.put(ascii("RIFF")).putInt(36 + samples * 2).put(ascii("WAVEfmt ")).putInt(16).putShort((short) 1)
        .putShort((short) 1).putInt(RATE).putInt(RATE * 2).putShort((short) 2).putShort((short) 16)
        .put(ascii("data")).putInt(samples * 2);
    double angle = 0;
    for (int i = 0; i < samples; i++) {
      angle += 2 * Math.PI * tone.hertz(i / (double) RATE) / RATE;
      double edge = Math.min(1, Math.min(i, samples - i) / 500.0);
      out.putShort((short) (Math.sin(angle) * 9_000 * edge));
    }
    return new Made(out.array(), "audio/wav", 0, 0, seconds);
  }

  private static byte[] ascii(String word) {
    return word.getBytes(StandardCharsets.US_ASCII);
  }
}
