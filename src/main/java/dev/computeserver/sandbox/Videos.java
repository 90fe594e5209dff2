package dev.computeserver.sandbox;

import dev.computeserver.sandbox.Unusable.Why;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.IntFunction;
import org.jcodec.api.FrameGrab;
import org.jcodec.api.JCodecException;
import org.jcodec.api.awt.AWTSequenceEncoder;
import org.jcodec.common.io.ByteBufferSeekableByteChannel;
import org.jcodec.common.model.Picture;
import org.jcodec.common.model.Rational;
import org.jcodec.scale.AWTUtil;

/** Makes short silent H.264 videos in MP4: at most 320 a side, 2 s, 5 frames a second. Blocking: for workers. */
final class Videos {

  private static final int FRAMES_A_SECOND = 5;
  private static final int MOST_FRAMES = 10;
  private static final int SPACE = 4 << 20;

  private Videos() { }

  /** The prompt on a gradient, with a moving dot. */
  static Made generate(Order order) throws IOException {
    BufferedImage scene = Pictures.gradient(order.prompt(), order.seed(), 320, 180);
    return film(order, form(order.shape().width(), order.shape().height()), frame -> scene);
  }

  /** The picture given, in its own proportions, moving closer. */
  static Made fromPicture(Order order, BufferedImage picture) throws IOException {
    return film(order, form(picture.getWidth(), picture.getHeight()), frame -> closer(picture, frame));
  }

  /** The video's own frames, as far as they can be read, with a bar that opens and shuts where a mouth would be. */
  static Made lipSync(Order order, byte[] video, byte[] sound) throws IOException {
    if (!Sounds.starts(video, 4, "ftyp") && !Sounds.starts(video, 0, "\032E")) {
      throw new Unusable(Why.NO_VIDEO, 0, "the file is no video that can be read; send MP4");
    }
    if (!Sounds.isSound(sound)) {
      throw new Unusable(Why.NO_SOUND, 1, "the file is no sound that can be read; send WAV, MP3, FLAC, OGG or MP4");
    }
    BufferedImage scene = firstFrame(video).orElseGet(() -> Pictures.gradient(
        video.length + " bytes of video, " + sound.length + " of sound", order.seed(), 320, 180));
    return film(order, form(scene.getWidth(), scene.getHeight()), frame -> mouth(scene, sound, frame));
  }

  private static Made film(Order order, int[] form, IntFunction<BufferedImage> scene) throws IOException {
    double seconds = order.shape().amount() > 0 ? order.shape().amount() : 2;
    int frames = Math.max(1, Math.min(MOST_FRAMES, (int) Math.round(seconds * FRAMES_A_SECOND)));
    ByteBufferSeekableByteChannel out = ByteBufferSeekableByteChannel.writeToByteBuffer(ByteBuffer.allocate(SPACE));
    AWTSequenceEncoder encoder = new AWTSequenceEncoder(out, Rational.R(FRAMES_A_SECOND, 1));
    for (int i = 0; i < frames; i++) {
      BufferedImage frame = Pictures.scaled(scene.apply(i), form[0], form[1], BufferedImage.TYPE_3BYTE_BGR);
      dot(frame, i);
      encoder.encodeImage(frame);
    }
    encoder.finish();
    ByteBuffer contents = out.getContents();
    byte[] bytes = new byte[contents.remaining()];
    contents.get(bytes);
    forgetTimes(bytes);
    return new Made(bytes, "video/mp4", form[0], form[1], frames / (double) FRAMES_A_SECOND);
  }

  private static int[] form(int width, int height) {
    if (width <= 0 || height <= 0) {
      return new int[] {320, 180};
    }
    double scale = 320.0 / Math.max(width, height);
    // H.264 in 4:2:0 wants even sides.
    return new int[] {Math.max(32, (int) (width * scale) / 2 * 2), Math.max(32, (int) (height * scale) / 2 * 2)};
  }

  private static BufferedImage closer(BufferedImage picture, int frame) {
    int x = picture.getWidth() * frame / 100;
    int y = picture.getHeight() * frame / 100;
    return picture.getSubimage(x, y, Math.max(1, picture.getWidth() - 2 * x), Math.max(1, picture.getHeight() - 2 * y));
  }

  private static BufferedImage mouth(BufferedImage scene, byte[] sound, int frame) {
    int width = scene.getWidth();
    int height = scene.getHeight();
    BufferedImage copy = Pictures.scaled(scene, width, height, BufferedImage.TYPE_INT_RGB);
    int loud = Math.abs(sound[(int) ((long) sound.length * frame / MOST_FRAMES)]);
    Graphics2D pen = copy.createGraphics();
    pen.setColor(Color.RED);
    int open = Math.max(2, height * loud / 128 / 8);
    pen.fillOval(width * 2 / 5, height * 3 / 4 - open / 2, width / 5, open);
    pen.dispose();
    return copy;
  }

  private static void dot(BufferedImage frame, int index) {
    Graphics2D pen = frame.createGraphics();
    pen.setColor(Color.WHITE);
    pen.fillOval((frame.getWidth() - 12) * index / MOST_FRAMES, frame.getHeight() - 14, 12, 12);
    pen.dispose();
  }

  private static Optional<BufferedImage> firstFrame(byte[] video) {
    try {
      FrameGrab grab = FrameGrab.createFrameGrab(
          ByteBufferSeekableByteChannel.readFromByteBuffer(ByteBuffer.wrap(video)));
      int most = Math.max(grab.getMediaInfo().getDim().getWidth(), grab.getMediaInfo().getDim().getHeight());
      Picture frame = most > Pictures.MAX_SIDE ? null : grab.getNativeFrame();
      return Optional.ofNullable(frame).map(AWTUtil::toBufferedImage);
    } catch (IOException | JCodecException | RuntimeException e) {
      // Codecs that this decoder does not know are no fault of the caller's.
      return Optional.empty();
    }
  }

  // The encoder writes the time of day into three headers; without it equal orders make equal bytes.
  private static void forgetTimes(byte[] bytes) {
    for (int at = bytes.length - 16; at > 0; at--) {
      if (bytes[at + 1] == 'v' && Sounds.starts(bytes, at, "mvhd") || Sounds.starts(bytes, at, "tkhd")
          || Sounds.starts(bytes, at, "mdhd")) {
        Arrays.fill(bytes, at + 8, at + 16, (byte) 0);
      }
      if (Sounds.starts(bytes, at, "moov")) {
        return;
      }
    }
  }
}
