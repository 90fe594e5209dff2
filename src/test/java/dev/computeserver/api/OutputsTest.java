package dev.computeserver.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files as browsers, players and download tools ask for them. */
class OutputsTest {
  private static TestNode node;
  private static JsonObject output;
  private static byte[] whole;

  @BeforeAll
  static void start() {
    node = new TestNode(Map.of());
    output = node.run(TestNode.picture(0, new JsonObject().put("fault", "file_cut").put("times", 1).put("key", "sum")))
        .getJsonArray("outputs").getJsonObject(0);
    whole = node.get(output.getString("url")).bytes();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static TestNode.Answer part(String range, String... headers) {
    String[] all = Arrays.copyOf(headers, headers.length + 2);
    all[headers.length] = "Range";
    all[headers.length + 1] = range;
    return node.get(output.getString("url"), all);
  }

  private static void is(int from, int to, TestNode.Answer answer) {
    assertEquals(206, answer.status());
    assertEquals("bytes " + from + "-" + (to - 1) + "/" + whole.length, answer.header("Content-Range"));
    assertEquals(String.valueOf(to - from), answer.header("Content-Length"));
    assertArrayEquals(Arrays.copyOfRange(whole, from, to), answer.bytes());
  }

  @Test
  void aFileThatWasCutAndFetchedAgainHasTheSumAndSizeThatTheTaskNames() throws GeneralSecurityException {
    assertEquals(output.getInteger("bytes"), whole.length);
    assertEquals(output.getString("sha256"), HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(whole)));
    TestNode.Answer answer = node.get(output.getString("url"));
    assertEquals(output.getString("content_type"), answer.header("Content-Type"));
    assertEquals("bytes", answer.header("Accept-Ranges"));
    assertEquals("nosniff", answer.header("X-Content-Type-Options"));
  }

  @Test
  void theFirstTheLastAndTheBytesFromSomewhereOnAreServed() {
    is(0, 1, part("bytes=0-0"));
    is(whole.length - 1, whole.length, part("bytes=" + (whole.length - 1) + "-" + (whole.length - 1)));
    is(5, whole.length, part("bytes=5-"));
    is(5, whole.length, part("bytes=5-99999999"));
    is(whole.length - 1, whole.length, part("bytes=-1"));
  }

  @Test
  void aPlayerThatAsksForAllFromTheBeginningLearnsThatItMaySeek() {
    is(0, whole.length, part("bytes=0-"));
    is(0, whole.length, part("bytes=-99999999"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=5-2", "bytes=-", "bytes=a-b", "items=0-1", "bytes=0-1,3-4", "bytes"})
  void aRangeThatIsNoneIsPassedOver(String range) {
    TestNode.Answer answer = part(range);
    assertEquals(200, answer.status());
    assertArrayEquals(whole, answer.bytes());
  }

  @Test
  void aRangeBehindTheEndIsRefusedAndNotKeptByCaches() {
    for (String range : new String[] {"bytes=" + whole.length + "-", "bytes=999999999-", "bytes=-0"}) {
      TestNode.Answer answer = part(range);
      assertEquals(416, answer.status());
      assertEquals("bytes */" + whole.length, answer.header("Content-Range"));
      assertEquals("application/problem+json", answer.header("Content-Type"));
      assertFalse(String.valueOf(answer.header("Cache-Control")).contains("immutable"));
    }
  }

  @Test
  void aCopyThatIsStillGoodIsNotSentAgain() {
    String tag = node.get(output.getString("url")).header("ETag");
    for (String known : new String[] {tag, "*", "\"x\", " + tag, "W/" + tag}) {
      TestNode.Answer answer = node.get(output.getString("url"), "If-None-Match", known);
      assertEquals(304, answer.status());
      assertEquals(tag, answer.header("ETag"));
      assertEquals(0, answer.bytes().length);
    }
    assertEquals(200, node.get(output.getString("url"), "If-None-Match", "\"x\"").status());
  }

  @Test
  void aPartOfAnOlderCopyIsReplacedByTheWhole() {
    assertEquals(200, part("bytes=0-0", "If-Range", "\"x\"").status());
    assertEquals(200, part("bytes=0-0", "If-Range", "Sun, 06 Nov 1994 08:49:37 GMT").status());
    assertEquals(206, part("bytes=0-0", "If-Range", node.get(output.getString("url")).header("ETag")).status());
  }

  @Test
  void aHeadHasNoRangeAndOnlyTheWholeTagOfACopyNamesIt() {
    TestNode.Answer head = node.send(node.request(output.getString("url"), "Range", "bytes=0-3").method("HEAD", BodyPublishers.noBody()));
    assertEquals(200, head.status());
    String tag = head.header("ETag");
    assertEquals(200, node.get(output.getString("url"), "If-None-Match", "\"x," + tag.substring(1)).status());
    assertEquals(304, node.get(output.getString("url"), "If-None-Match", "\"x\", W/" + tag).status());
    assertEquals(206, node.get(output.getString("url"), "Range", "Bytes=0-3").status());
  }

  @Test
  void aHeadTellsTheSameAsAGetWithoutTheFile() {
    TestNode.Answer head = node.send(node.request(output.getString("url")).method("HEAD", BodyPublishers.noBody()));
    assertEquals(200, head.status());
    TestNode.Answer get = node.get(output.getString("url"));
    for (String name : new String[] {"Content-Type", "Content-Length", "ETag", "Accept-Ranges"}) {
      assertEquals(get.header(name), head.header(name), name);
    }
    assertEquals(0, head.bytes().length);
  }

  @Test
  void aFileThatIsGoneFromTheStoreIsSaidToBe() throws IOException {
    Path data = Files.createTempDirectory(Path.of("target"), "gone-");
    try (TestNode other = new TestNode(Map.of("COMPUTE_DATA_DIR", data.toString()))) {
      String url = other.run(TestNode.picture(0, new JsonObject())).getJsonArray("outputs").getJsonObject(0).getString("url");
      try (Stream<Path> files = Files.walk(data.resolve("outputs"))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Files.delete(file);
        }
      }
      TestNode.Answer answer = other.get(url);
      assertEquals(410, answer.status());
      assertEquals("application/problem+json", answer.header("Content-Type"));
      assertTrue(answer.json().getString("detail").contains("data_dir/outputs"), answer.json()::encode);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "-1", "00", "x", "99999999999", "0%2F..", "%00"})
  void anIndexThatIsNotThereIsNotFound(String index) {
    String url = output.getString("url");
    assertEquals(404, node.get(url.substring(0, url.lastIndexOf('/') + 1) + index).status());
  }
}
