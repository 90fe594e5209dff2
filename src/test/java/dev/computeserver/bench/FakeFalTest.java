package dev.computeserver.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FakeFalTest {

  private static final int LONG_MILLIS = 600_000;

  private final Vertx vertx = Vertx.vertx();
  private final WebClient client = WebClient.create(vertx);

  @AfterEach
  void close() throws Exception {
    vertx.close().await(5, TimeUnit.SECONDS);
  }

  @Test
  void aJobOfNoDurationIsDoneAtOnceAndItsFileIsAPngOf64KiB() throws Exception {
    String base = serve(0);
    long before = MicroClock.now();
    JsonObject job = submit(base, "a fox");

    assertTrue(job.getString("status_url").startsWith(base + "/fal-ai/flux/requests/"), job.encode());
    HttpResponse<Buffer> status = get(job.getString("status_url") + "?logs=1");
    assertEquals(200, status.statusCode());
    assertEquals("COMPLETED", status.bodyAsJsonObject().getString("status"));

    JsonObject image = get(job.getString("response_url")).bodyAsJsonObject().getJsonArray("images").getJsonObject(0);
    HttpResponse<Buffer> file = get(image.getString("url"));
    assertEquals("image/png", file.getHeader("content-type"));
    assertEquals(Integer.toString(FakeFal.FILE_BYTES), file.getHeader("content-length"));
    BufferedImage picture = ImageIO.read(new ByteArrayInputStream(file.body().getBytes()));
    assertNotNull(picture);
    assertEquals(image.getInteger("width"), picture.getWidth());

    JsonObject stats = get(base + "/stats?arrivals=1").bodyAsJsonObject();
    for (String count : new String[] {"submissions", "polls", "results", "downloads"}) {
      assertEquals(1, stats.getInteger(count), count);
    }
    long arrivedAt = stats.getJsonObject("arrivals").getLong("a fox");
    assertTrue(arrivedAt >= before && arrivedAt <= MicroClock.now(), stats.encode());
  }

  @Test
  void aJobStillRunsBeforeItsDurationIsOver() throws Exception {
    JsonObject job = submit(serve(LONG_MILLIS), "slow");

    HttpResponse<Buffer> status = get(job.getString("status_url"));
    assertEquals(202, status.statusCode());
    assertEquals("IN_PROGRESS", status.bodyAsJsonObject().getString("status"));
    assertEquals(400, get(job.getString("response_url")).statusCode());
    assertEquals(202, client.putAbs(job.getString("cancel_url")).send().await(5, TimeUnit.SECONDS).statusCode());
  }

  @Test
  void aJobItDoesNotKnowIs404() throws Exception {
    assertEquals(404, get(serve(0) + "/fal-ai/flux/requests/none/status").statusCode());
  }

  private String serve(long durationMillis) throws Exception {
    int port = new FakeFal(durationMillis).listen(vertx, 0).await(5, TimeUnit.SECONDS).actualPort();
    return "http://127.0.0.1:" + port;
  }

  private JsonObject submit(String base, String prompt) throws Exception {
    JsonObject input = new JsonObject().put("prompt", prompt).put("num_images", 1);
    return client.postAbs(base + "/fal-ai/flux/dev").sendJsonObject(input).await(5, TimeUnit.SECONDS)
        .bodyAsJsonObject();
  }

  private HttpResponse<Buffer> get(String url) throws Exception {
    return client.getAbs(url).send().await(5, TimeUnit.SECONDS);
  }
}
