package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MultipartTest {

  @Test
  void isTheFormOfRfc7578() {
    Multipart parts = new Multipart().text("prompt", "ein Fuchs, größer").text("seed", 7).text("absent", null)
        .file("image", new InputFile(Buffer.buffer("GIF8"), "image/gif")).file("mask", null);
    String boundary = parts.contentType().replace("multipart/form-data; boundary=", "");
    assertTrue(boundary.length() <= 70 && boundary.matches("[0-9a-zA-Z'()+_,./:=?-]+"), boundary);
    String expected = """
        --B
        Content-Disposition: form-data; name="prompt"

        ein Fuchs, größer
        --B
        Content-Disposition: form-data; name="seed"

        7
        --B
        Content-Disposition: form-data; name="image"; filename="image.gif"
        Content-Type: image/gif

        GIF8
        --B--
        """.replace("\n", "\r\n").replace("--B", "--" + boundary);
    assertEquals(expected, parts.end().toString(StandardCharsets.UTF_8));
  }

  @Test
  void bytesStayAsTheyAre() {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    Buffer body = new Multipart().file("image", new InputFile(Buffer.buffer(all), "image/png")).end();
    int start = body.toString(StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n") + 4;
    assertArrayEquals(all, Arrays.copyOfRange(body.getBytes(), start, start + all.length));
  }

  @Test
  void aFileHasTheNameThatItsProviderWants() {
    InputFile file = new InputFile(Buffer.buffer("x"), "image/png");
    String body = new Multipart().file("image", file, "my \"fox\"\r\n.png").file("mask", null, "mask.png").end().toString();
    assertTrue(body.contains("name=\"image\"; filename=\"my %22fox%22%0D%0A.png\"\r\n"), body);
    assertFalse(body.contains("mask"), body);
  }

  @Test
  void isEndedAnewEachTimeAndHasABoundaryOfItsOwn() {
    Multipart parts = new Multipart().text("a", "1");
    assertEquals(parts.end(), parts.end());
    assertFalse(parts.contentType().equals(new Multipart().contentType()));
  }
}
