package dev.computeserver.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.outbound.Fetcher.BadLink;
import dev.computeserver.support.FakeProvider;
import dev.computeserver.support.FakeProvider.Behaviour;
import dev.computeserver.support.TestStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class FetcherTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final int MOST = 1_000_000;
  private static volatile Behaviour answer;
  private static final FakeProvider HOST = new FakeProvider(VERTX, seen -> answer);

  private final List<Long> rooms = new CopyOnWriteArrayList<>();
  private final Fetcher fetcher = new Fetcher(VERTX, new GuardedClient(VERTX, new UrlGuard(false, true), 4, 4, 4), MOST);

  @AfterAll
  static void close() {
    HOST.close();
    TestStore.await(VERTX.close());
  }

  private Fetcher.Fetched fetched(Behaviour behaviour) throws Exception {
    return fetched(behaviour, bytes -> {
      rooms.add(bytes);
      return Future.succeededFuture();
    });
  }

  private Fetcher.Fetched fetched(Behaviour behaviour, Fetcher.Room room) throws Exception {
    answer = behaviour;
    Promise<Fetcher.Fetched> fetched = Promise.promise();
    VERTX.runOnContext(onLoop -> fetcher.fetch(HOST.baseUrl() + "/a", room).onComplete(fetched));
    return fetched.future().await(60, TimeUnit.SECONDS);
  }

  private String refusal(Behaviour behaviour) {
    return assertThrows(BadLink.class, () -> fetched(behaviour)).getMessage();
  }

  private static Buffer packed(byte[] bytes, String coding) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream to = coding.equals("gzip") ? new GZIPOutputStream(out) : new DeflaterOutputStream(out, new Deflater(9, coding.equals("bare")))) {
      to.write(bytes);
    }
    return Buffer.buffer(out.toByteArray());
  }

  private static Behaviour with(String coding, Buffer body) {
    return FakeProvider.reply(200, "image/png", body, "Content-Encoding", coding);
  }

  @Test
  void bringsAFileWithItsClaimedTypeAndAsksForRoomFirst() throws Exception {
    Fetcher.Fetched file = fetched(FakeProvider.reply(200, "image/png", Buffer.buffer(new byte[300_000])));
    assertEquals(300_000, file.bytes().length());
    assertEquals("image/png", file.claimedType());
    assertEquals(List.of(300_000L), rooms);
  }

  @Test
  void asksForMoreRoomWhereNobodySaidHowLongItIs() throws Exception {
    Buffer part = Buffer.buffer(new byte[60_000]);
    Behaviour chunks = request -> {
      request.response().setChunked(true);
      for (int i = 0; i < 10; i++) {
        request.response().write(part);
      }
      request.response().end();
    };
    assertEquals(600_000, fetched(chunks).bytes().length());
    assertEquals(65_536L, rooms.get(0));
    assertTrue(rooms.get(rooms.size() - 1) >= 600_000 && rooms.get(rooms.size() - 1) <= MOST, rooms::toString);
  }

  @Test
  void unpacksWhatComesPacked() throws Exception {
    byte[] bytes = new byte[200_000];
    bytes[7] = 1;
    assertEquals(Buffer.buffer(bytes), fetched(with("gzip", packed(bytes, "gzip"))).bytes());
    assertEquals(Buffer.buffer(bytes), fetched(with("X-GZIP", packed(bytes, "gzip"))).bytes());
    assertEquals(Buffer.buffer(bytes), fetched(with("deflate", packed(bytes, "deflate"))).bytes());
    assertEquals(Buffer.buffer(bytes), fetched(with("deflate", packed(bytes, "bare"))).bytes());
    assertEquals(Buffer.buffer("a"), fetched(with("identity", Buffer.buffer("a"))).bytes());
    assertTrue(rooms.stream().anyMatch(room -> room > 200_000), "what is inside takes room, too");
  }

  @Test
  void refusesWhatIsTooLongPackedOrNot() throws Exception {
    assertEquals("the file is longer than 1000000 bytes", refusal(FakeProvider.reply(200, "a/b", Buffer.buffer(new byte[MOST + 1]))));
    assertEquals("the file is longer than 1000000 bytes", refusal(with("gzip", packed(new byte[MOST + 1], "gzip"))));
    assertEquals(MOST, fetched(with("gzip", packed(new byte[MOST], "gzip"))).bytes().length());
    Behaviour endless = request -> {
      request.response().setChunked(true);
      for (int i = 0; i < 20; i++) {
        request.response().write(Buffer.buffer(new byte[100_000]));
      }
    };
    assertEquals("the file is longer than 1000000 bytes", refusal(endless));
  }

  @Test
  void saysWhatIsWrongWithALink() throws Exception {
    assertEquals("the file cannot be read: it is packed as br, which was not asked for", refusal(with("br", Buffer.buffer("a"))));
    assertEquals("the file cannot be read: it is not packed as it says", refusal(with("gzip", Buffer.buffer("this is no gzip at all"))));
    assertEquals("the file cannot be read: it breaks off", refusal(with("gzip", packed(new byte[9_000], "gzip").slice(0, 20))));
    assertEquals("the link answered 404", refusal(FakeProvider.reply(404, "{}")));
    assertEquals("the link answered 304", refusal(FakeProvider.reply(304, "")));
    assertEquals("the host does not answer as it should", refusal(FakeProvider.cut()));
    assertEquals("the host does not answer as it should", refusal(FakeProvider.cutInTheMiddle()));
    assertEquals("the link leads on more than 10 times", refusal(FakeProvider.reply(302, "", "Location", "/狐")));
    assertTrue(refusal(FakeProvider.reply(302, "", "Location", "http://10.0.0.1/")).contains("guard.allow_private"));
    assertTrue(refusal(FakeProvider.reply(302, "", "Location", "file:///etc/passwd")).contains("https://"));
  }

  @Test
  void waitsForRoomWithoutHoldingTheHost() throws Exception {
    Promise<Void> room = Promise.promise();
    List<String> asked = new CopyOnWriteArrayList<>();
    Behaviour file = request -> {
      asked.add(request.path());
      request.connection().closeHandler(closed -> room.tryComplete());
      FakeProvider.reply(200, "image/png", Buffer.buffer(new byte[300_000])).answer(request);
    };
    assertEquals(300_000, fetched(file, bytes -> room.future()).bytes().length());
    assertEquals(2, asked.size());
  }

  @Test
  void whatTheRoomFailsWithIsPassedOn() {
    Behaviour file = FakeProvider.reply(200, "image/png", Buffer.buffer(new byte[300_000]));
    assertThrows(IllegalStateException.class, () -> fetched(file, bytes -> Future.failedFuture(new IllegalStateException("no room"))));
  }
}
