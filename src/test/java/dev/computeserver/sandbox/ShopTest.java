package dev.computeserver.sandbox;

import static dev.computeserver.sandbox.SandboxRun.dataUrl;
import static dev.computeserver.sandbox.SandboxRun.done;
import static dev.computeserver.sandbox.SandboxRun.prompt;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderCapability;
import dev.computeserver.sandbox.Order.Shape;
import io.vertx.core.json.JsonObject;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.imageio.ImageIO;
import org.jcodec.api.FrameGrab;
import org.jcodec.common.io.ByteBufferSeekableByteChannel;
import org.jcodec.common.model.Picture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ShopTest {

  private final SandboxRun run = new SandboxRun();

  @AfterEach
  void close() {
    run.close();
  }

  private static Made picture(int width, int height) throws Exception {
    return Pictures.encode(Pictures.gradient("input", 1, width, height), "png");
  }

  private byte[] file(JsonObject result, String name, String type) {
    JsonObject file = result.getJsonObject(name);
    assertEquals(type, file.getString("content_type"));
    return done(run.client.getAbs(file.getString("url")).send()).body().getBytes();
  }

  private static BufferedImage read(byte[] bytes) throws Exception {
    return ImageIO.read(new ByteArrayInputStream(bytes));
  }

  @Test
  void equalOrdersMakeEqualBytes() throws Exception {
    Order film = new Order(ProviderCapability.VIDEO_GENERATION, "sea", List.of(), new Shape(16, 9, 1, ""), 5, false);
    assertArrayEquals(Videos.generate(film).bytes(), Videos.generate(film).bytes());
    Order still = new Order(ProviderCapability.IMAGE_GENERATION, "sea", List.of(), new Shape(0, 0, 0, ""), 5, false);
    assertEquals(1024, Pictures.generate(still).width());
    Order other = new Order(still.what(), "sky", List.of(), still.shape(), 5, false);
    assertNotEquals(Submission.sha256(Pictures.generate(still).bytes()),
        Submission.sha256(Pictures.generate(other).bytes()));
  }

  @Test
  void repaintsOnlyWhereTheMaskIsWhite() throws Exception {
    BufferedImage mask = new BufferedImage(80, 60, BufferedImage.TYPE_INT_RGB);
    for (int x = 40; x < 80; x++) {
      for (int y = 0; y < 60; y++) {
        mask.setRGB(x, y, Color.WHITE.getRGB());
      }
    }
    Made source = picture(80, 60);
    JsonObject result = run.result("fal-ai/flux-pro/v1/fill", JsonObject.of("prompt", "a wall", "image_url",
        dataUrl(source), "mask_url", dataUrl(Pictures.encode(mask, "png")), "output_format", "png", "seed", 99));
    BufferedImage before = read(source.bytes());
    BufferedImage after = read(done(run.client.getAbs(result.getJsonArray("images").getJsonObject(0).getString("url"))
        .send()).body().getBytes());
    assertEquals(before.getRGB(5, 5), after.getRGB(5, 5));
    assertNotEquals(before.getRGB(75, 55), after.getRGB(75, 55));
  }

  @Test
  void cutsOutEnlargesAndDescribesTheRealPicture() throws Exception {
    String url = dataUrl(picture(60, 40));
    JsonObject bare = run.result("fal-ai/birefnet/v2", JsonObject.of("image_url", url));
    BufferedImage cut = read(file(bare, "image", "image/png"));
    assertEquals(0, cut.getRGB(0, 0) >>> 24);
    assertEquals(255, cut.getRGB(30, 20) >>> 24);
    JsonObject big = run.result("fal-ai/clarity-upscaler", JsonObject.of("image_url", url, "upscale_factor", 4));
    assertEquals(240, read(file(big, "image", "image/png")).getWidth());
    JsonObject seen = run.result("fal-ai/moondream3-preview/query", JsonObject.of("image_url", url, "prompt", "What?"));
    assertTrue(seen.getString("output").contains("60 pixels wide and 40 high"));
    JsonObject edited = run.result("fal-ai/flux-2-pro/edit",
        JsonObject.of("prompt", "hat", "image_urls", new io.vertx.core.json.JsonArray().add(url)));
    assertEquals(60, edited.getJsonArray("images").getJsonObject(0).getInteger("width"));
  }

  @Test
  void makesSoundsAndHearsThem() {
    JsonObject spoken = run.result("fal-ai/kokoro/american-english", JsonObject.of("prompt", "a".repeat(45)));
    byte[] wav = file(spoken, "audio", "audio/wav");
    assertEquals(3.0, Sounds.seconds(wav).orElseThrow(), 0.01);
    JsonObject heard = run.result("fal-ai/whisper",
        JsonObject.of("audio_url", spoken.getJsonObject("audio").getString("url")));
    assertTrue(heard.getString("text").contains("3.00 seconds"));
    assertEquals(1, heard.getJsonArray("chunks").size());
    byte[] music = file(run.result("fal-ai/lyria2", JsonObject.of("prompt", "calm piano")), "audio", "audio/wav");
    assertEquals(8.0, Sounds.seconds(music).orElseThrow(), 0.01);
    byte[] effect = file(run.result("fal-ai/elevenlabs/sound-effects/v2",
        JsonObject.of("text", "door", "duration_seconds", 1.5)), "audio", "audio/wav");
    assertEquals(1.5, Sounds.seconds(effect).orElseThrow(), 0.01);
  }

  @Test
  void makesVideosThatADecoderReads() throws Exception {
    JsonObject film = run.result("fal-ai/kling-video/v2.5-turbo/pro/text-to-video",
        JsonObject.of("prompt", "sea", "duration", "5", "aspect_ratio", "16:9"));
    assertEquals(List.of(320, 180, 10), frames(file(film, "video", "video/mp4")));
    JsonObject moved = run.result("fal-ai/kling-video/v2.5-turbo/pro/image-to-video",
        JsonObject.of("prompt", "zoom", "image_url", dataUrl(picture(90, 160))));
    assertEquals(List.of(180, 320, 10), frames(file(moved, "video", "video/mp4")));
    JsonObject talk = run.result("fal-ai/sync-lipsync/v2", JsonObject.of("video_url",
        film.getJsonObject("video").getString("url"), "audio_url", dataUrl(Sounds.effect(
            new Order(ProviderCapability.SOUND_GENERATION, "x", List.of(), new Shape(0, 0, 1, ""), 1, false)))));
    assertEquals(List.of(320, 180, 10), frames(file(talk, "video", "video/mp4")));
  }

  private static List<Integer> frames(byte[] mp4) throws Exception {
    FrameGrab grab = FrameGrab.createFrameGrab(ByteBufferSeekableByteChannel.readFromByteBuffer(ByteBuffer.wrap(mp4)));
    int count = 0;
    List<Integer> size = List.of();
    for (Picture frame = grab.getNativeFrame(); frame != null; frame = grab.getNativeFrame()) {
      count++;
      size = List.of(frame.getCroppedWidth(), frame.getCroppedHeight());
    }
    return List.of(size.get(0), size.get(1), count);
  }

  @Test
  void makesAModelWhoseChunksAddUp() throws Exception {
    byte[] glb = file(run.result("fal-ai/trellis", JsonObject.of("image_url", dataUrl(picture(50, 50)))),
        "model_mesh", "model/gltf-binary");
    ByteBuffer in = ByteBuffer.wrap(glb).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(List.of(0x46546C67, 2, glb.length), List.of(in.getInt(), in.getInt(), in.getInt()));
    int length = in.getInt(12);
    JsonObject scene = new JsonObject(new String(glb, 20, length, StandardCharsets.UTF_8));
    JsonObject image = scene.getJsonArray("bufferViews").getJsonObject(4);
    int start = 20 + length + 8 + image.getInteger("byteOffset");
    byte[] png = java.util.Arrays.copyOfRange(glb, start, start + image.getInteger("byteLength"));
    assertEquals(256, read(png).getWidth());
    assertEquals(glb.length, 20 + length + 8 + in.getInt(20 + length));
  }

  @Test
  void namesTheInputThatCannotBeUsed() {
    for (List<Object> bad : List.<List<Object>>of(List.of("https://example.com/a.png", "file_download_error"),
        List.of(run.url("/files/none/0.png"), "file_download_error"),
        List.of("data:image/png;base64,AAAA", "image_load_error"),
        List.of("no url", "file_download_error"))) {
      JsonObject result = run.result("fal-ai/esrgan", JsonObject.of("image_url", bad.get(0)));
      JsonObject detail = result.getJsonArray("detail").getJsonObject(0);
      assertEquals(List.of(422, bad.get(1), "image_url"), List.of(result.getInteger("status_code"),
          detail.getString("type"), detail.getJsonArray("loc").getString(1)));
    }
    JsonObject result = run.result("fal-ai/flux/dev", new JsonObject());
    assertEquals("missing", result.getJsonArray("detail").getJsonObject(0).getString("type"));
  }

  @Test
  void takesABigInlineInput() {
    byte[] hiss = new byte[3 << 20];
    new java.util.Random(1).nextBytes(hiss);
    hiss[0] = 'I';
    hiss[1] = 'D';
    hiss[2] = '3';
    JsonObject heard = run.result("fal-ai/whisper",
        JsonObject.of("audio_url", dataUrl(new Made(hiss, "audio/mpeg", 0, 0, 0))));
    assertTrue(heard.getString("text").contains(hiss.length + " bytes"));
  }

  @Test
  void answersTextAndInlinesOnDemand() {
    JsonObject text = run.result("openrouter/router", JsonObject.of("prompt", "one two three", "model", "x/y"));
    assertTrue(text.getString("output").startsWith("You wrote 3 words"));
    JsonObject inline = run.result("fal-ai/flux/dev", prompt().put("sync_mode", true));
    assertTrue(inline.getJsonArray("images").getJsonObject(0).getString("url").startsWith("data:image/jpeg;base64,"));
  }
}
