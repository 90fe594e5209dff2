package dev.computeserver.outbound;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.outbound.UrlGuard.RefusedUrl;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UrlGuardTest {
  private final UrlGuard strict = new UrlGuard(false, false);
  private final UrlGuard embedded = new UrlGuard(false, true);
  private final UrlGuard open = new UrlGuard(true, false);

  @ParameterizedTest
  @ValueSource(strings = {
      "http://127.0.0.1/", "http://127.1.2.3:8080/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[0:0:0:0:0:ffff:7f00:1]/",
      "http://2130706433/", "http://127.1/", "http://0x7f.0.0.1/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.0.0.1./", "http://１２７.0.0.1/",
      "http://0.0.0.0/", "http://0/", "http://0.1.2.3/", "http://[::]/", "http://[::ffff:0.0.0.0]/"})
  void leadsNowhereOnThisMachine(String url) {
    assertTrue(assertThrows(RefusedUrl.class, () -> strict.check(url)).getMessage().contains("guard.allow_loopback"));
    assertThrows(RefusedUrl.class, () -> open.check(url));
    assertDoesNotThrow(() -> embedded.check(url));
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "http://[::127.0.0.1]/", "http://[::7f00:1]/", "http://10.0.0.1/", "http://10.255.255.255/", "http://172.16.0.1/", "http://172.31.9.9/", "http://192.168.1.1/",
      "http://167772161/", "http://169.254.169.254/latest/meta-data", "http://[::ffff:169.254.169.254]/", "http://100.64.0.1/", "http://100.127.255.255/",
      "http://198.18.0.1/", "http://198.19.255.255/", "http://192.0.0.8/", "http://192.0.2.1/", "http://198.51.100.1/", "http://203.0.113.1/", "http://192.88.99.1/",
      "http://224.0.0.1/", "http://239.255.255.250/", "http://240.0.0.1/", "http://255.255.255.255/", "http://[fe80::1]/", "http://[fec0::1]/", "http://[fc00::1]/",
      "http://[fd12:3456::1]/", "http://[ff02::1]/", "http://[64:ff9b::a00:1]/", "http://[64:ff9b::808:808]/", "http://[64:ff9b:1::a00:1]/", "http://[2002:a00:1::1]/",
      "http://[2001:0:a00:1::1]/", "http://[2001:10::1]/", "http://[2001:db8::1]/", "http://[3fff::1]/", "http://[100::1]/", "http://[5f00::1]/",
      "http://[::ffff:0:127.0.0.1]/", "http://[4000::1]/"})
  void leadsNowhereInside(String url) {
    assertTrue(assertThrows(RefusedUrl.class, () -> strict.check(url)).getMessage().contains("guard.allow_private"));
    assertThrows(RefusedUrl.class, () -> embedded.check(url));
    assertDoesNotThrow(() -> open.check(url));
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://93.184.216.34/a", "https://[2606:2800:220:1:248:1893:25c8:1946]:8443/", "http://172.32.0.1/", "http://100.128.0.1/",
      "http://198.20.0.1/", "http://192.0.1.1/", "http://223.255.255.255/", "http://[2001:200::1]/", "http://localhost/", "http://a_b.example/"})
  void letsPublicAddressesAndNamesPass(String url) {
    assertDoesNotThrow(() -> strict.check(url));
  }

  @Test
  void aNameIsJudgedByWhereItLeads() throws UnknownHostException {
    WebUrl name = strict.check("http://rebound.example/");
    assertThrows(RefusedUrl.class, () -> strict.check(name, InetAddress.getByName("127.0.0.1")));
    assertThrows(RefusedUrl.class, () -> strict.check(name, InetAddress.getByName("fd00::1")));
    assertDoesNotThrow(() -> strict.check(name, InetAddress.getByName("93.184.216.34")));
  }

  @Test
  void onlyAProviderOnThisMachineLeadsToThisMachine() {
    for (UrlGuard clients : new UrlGuard[] {strict, embedded}) {
      for (String remote : new String[] {"https://queue.fal.run", "https://10.0.0.1", "http://localhost.example.com", "http://127.0.0.1.example.com", "no url"}) {
        String why = assertThrows(RefusedUrl.class, () -> clients.forProvider(remote).check("http://127.0.0.1:8080/")).getMessage();
        assertTrue(why.contains("only providers on this machine"), why);
      }
      for (String here : new String[] {"http://127.0.0.1:8188", "http://localhost:8188", "http://[::1]:8188/a", "http://comfy.localhost"}) {
        assertEquals(8080, clients.forProvider(here).check("http://127.0.0.1:8080/").port());
        assertThrows(RefusedUrl.class, () -> clients.forProvider(here).check("http://10.0.0.1/"));
      }
    }
    assertDoesNotThrow(() -> open.forProvider("https://queue.fal.run").check("http://10.0.0.1/"));
  }

  @Test
  void whatIsOursMayBeCalledWhereverItIs() {
    UrlGuard sandbox = strict.with(url -> url.origin().equals("http://127.0.0.1:4711"));
    assertDoesNotThrow(() -> sandbox.check("http://127.0.0.1:4711/files/a"));
    assertThrows(RefusedUrl.class, () -> sandbox.check("http://127.0.0.1:4712/files/a"));
    assertThrows(RefusedUrl.class, () -> sandbox.check("http://10.0.0.1:4711/"));
  }
}
