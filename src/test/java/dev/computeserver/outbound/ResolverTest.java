package dev.computeserver.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ResolverTest {
  private final List<String> asked = new ArrayList<>();

  private static WebUrl url(String host) {
    return WebUrl.of("http://" + host + "/");
  }

  private static Throwable failure(Future<?> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().handle((found, failed) -> failed instanceof CompletionException wrapped ? wrapped.getCause() : failed)
        .get(30, TimeUnit.SECONDS);
  }

  @Test
  void namesThatDoNotResolveHoldUpNobodyElseAndAreGivenUp() throws Exception {
    Resolver resolver = new Resolver(name -> {
      asked.add(name);
      return name.startsWith("dead") ? Promise.<List<InetAddress>>promise().future() : Future.succeededFuture(List.of(InetAddress.getLoopbackAddress()));
    });
    List<Future<List<InetAddress>>> dead = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      dead.add(resolver.addresses(url("dead" + i + ".example")));
    }
    assertTrue(((Unreachable) failure(resolver.addresses(url("more.example")))).isBusy(), "look-ups are bounded");
    assertSame(dead.get(7), resolver.addresses(url("dead7.example")), "who asks for the same waits for the same answer");
    assertEquals(1_000, asked.size());
    Throwable late = failure(dead.get(0));
    assertInstanceOf(Unreachable.class, late);
    assertEquals("the host dead0.example is unknown; check the URL", late.getMessage());
    failure(dead.get(999));
    assertTrue(resolver.addresses(url("more.example")).succeeded());
  }

  @Test
  void aRefusalIsRememberedForAWhileAndAnAddressIsNot() throws Exception {
    Resolver resolver = new Resolver(name -> {
      asked.add(name);
      return name.equals("no.example") ? Future.failedFuture(new UnknownHostException(name)) : Future.succeededFuture(List.of(InetAddress.getLoopbackAddress()));
    });
    for (int i = 0; i < 3; i++) {
      assertFalse(((Unreachable) failure(resolver.addresses(url("no.example")))).isBusy());
      assertTrue(resolver.addresses(url("yes.example")).succeeded());
    }
    assertEquals(List.of("no.example", "yes.example", "yes.example", "yes.example"), asked);
  }

  @Test
  void anAddressIsNotLookedUp() {
    Resolver resolver = new Resolver(name -> Future.failedFuture(new AssertionError(name)));
    assertEquals("127.0.0.1", resolver.addresses(url("0x7f.1")).result().get(0).getHostAddress());
    assertTrue(resolver.addresses(url("[::1]")).succeeded());
  }

  @Test
  void theMachinesOwnNamesAreKnownAndOddOnesAreNot() throws Exception {
    Vertx vertx = Vertx.vertx();
    Resolver resolver = new Resolver(vertx);
    List<InetAddress> found = resolver.addresses(url("localhost")).await(30, TimeUnit.SECONDS);
    assertTrue(found.stream().allMatch(InetAddress::isLoopbackAddress), found::toString);
    assertInstanceOf(Unreachable.class, failure(resolver.addresses(url("a".repeat(64) + ".example"))));
    assertInstanceOf(Unreachable.class, failure(resolver.addresses(url("a..example"))));
    assertInstanceOf(Unreachable.class, failure(resolver.addresses(url("."))));
    TestStore.await(vertx.close());
  }
}
