package dev.computeserver.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.outbound.UrlGuard.RefusedUrl;
import dev.computeserver.support.TestStore;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UrlGuardTest {
  private static final Vertx VERTX = Vertx.vertx();

  private final UrlGuard strict = new UrlGuard(VERTX, false, false);
  private final UrlGuard embedded = new UrlGuard(VERTX, false, true);
  private final UrlGuard open = new UrlGuard(VERTX, true, false);

  @AfterAll
  static void close() {
    TestStore.await(VERTX.close());
  }

  private static InetAddress resolve(UrlGuard guard, String url) throws Exception {
    return guard.resolve(guard.check(url)).await(10, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "http://127.0.0.1/", "http://127.1.2.3:8080/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[0:0:0:0:0:ffff:7f00:1]/",
      "http://2130706433/", "http://127.1/", "http://localhost/", "http://LOCALHOST:99/", "http://0x7f.0.0.1/", "http://0x7f000001/",
      "http://0.0.0.0/", "http://0/", "http://[::]/", "http://[::127.0.0.1]/", "http://[::7f00:1]/",
      "http://10.0.0.1/", "http://10.255.255.255/", "http://172.16.0.1/", "http://172.31.9.9/", "http://192.168.1.1/", "http://167772161/",
      "http://169.254.169.254/latest/meta-data", "http://[::ffff:169.254.169.254]/", "http://100.64.0.1/", "http://198.18.0.1/", "http://192.0.0.8/",
      "http://224.0.0.1/", "http://240.0.0.1/", "http://255.255.255.255/", "http://[fe80::1]/", "http://[fec0::1]/", "http://[fc00::1]/",
      "http://[fd12:3456::1]/", "http://[ff02::1]/", "http://[64:ff9b::a00:1]/", "http://[2002:a00:1::1]/", "http://[2001:0:a00:1::1]/"})
  void leadsNowhereInside(String url) {
    assertThrows(RefusedUrl.class, () -> resolve(strict, url));
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://93.184.216.34/a", "https://[2606:2800:220:1:248:1893:25c8:1946]:8443/", "http://172.32.0.1/", "http://100.128.0.1/"})
  void letsPublicAddressesPass(String url) throws Exception {
    assertFalse(resolve(strict, url).isSiteLocalAddress());
  }

  @Test
  void octalNumbersAreNoWayToLoopback() throws Exception {
    try {
      assertFalse(resolve(strict, "http://0177.0.0.1/").isLoopbackAddress());
    } catch (RefusedUrl refused) {
      assertTrue(refused.getMessage().contains("address"), refused.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://example.com/", "file:///etc/passwd", "//example.com/", "http:///path", "http://", "http://a b/", "http://user:word@example.com/",
      "http://example.com:0/", "http://example.com:70000/", "http://[::1/", "http://999.1.1.1/", "", "gopher://example.com", "javascript:alert(1)"})
  void refusesWhatIsNoUrlOfTheWeb(String url) {
    assertThrows(RefusedUrl.class, () -> strict.check(url));
  }

  @Test
  void refusesNothingAndTooMuch() {
    assertThrows(RefusedUrl.class, () -> strict.check(null));
    assertThrows(RefusedUrl.class, () -> strict.check("http://example.com/" + "a".repeat(5_000)));
  }

  @Test
  void loopbackAndPrivateNetworksAreAllowedOneByOne() throws Exception {
    assertTrue(resolve(embedded, "http://127.0.0.1/").isLoopbackAddress());
    assertTrue(resolve(embedded, "http://localhost/").isLoopbackAddress());
    assertThrows(RefusedUrl.class, () -> resolve(embedded, "http://10.0.0.1/"));
    assertEquals("10.0.0.1", resolve(open, "http://10.0.0.1/").getHostAddress());
  }

  @Test
  void whatANameLeadsToIsJudgedAgainEachTime() throws Exception {
    resolve(embedded, "http://localhost/");
    assertThrows(RefusedUrl.class, () -> resolve(strict, "http://localhost/"));
    assertThrows(RefusedUrl.class, () -> resolve(strict, "http://localhost/"));
  }

  @Test
  void saysWhichSettingWouldAllowIt() {
    assertTrue(assertThrows(RefusedUrl.class, () -> strict.check("http://10.0.0.1/")).getMessage().contains("guard.allow_private"));
    assertTrue(assertThrows(RefusedUrl.class, () -> strict.check("http://127.0.0.1/")).getMessage().contains("guard.allow_loopback"));
  }
}
