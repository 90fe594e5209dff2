package dev.computeserver.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.outbound.UrlGuard.RefusedUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** URLs are read as browsers read them: what is written in many ways is one place. */
class WebUrlTest {

  @ParameterizedTest
  @CsvSource(delimiter = '\t', ignoreLeadingAndTrailingWhitespace = false, value = {
      "https://example.com\thttps://example.com/", "HtTpS://EXAMPLE.com:443/A\thttps://example.com/A", "http://example.com:/a\thttp://example.com/a",
      "http://example.com:0080/\thttp://example.com/", "https:example.com/a\thttps://example.com/a", "https:/example.com\thttps://example.com/",
      "http:////example.com\\a\\b\thttp://example.com/a/b", "  https://example.com/ \thttps://example.com/",
      "https://example.com/a b\thttps://example.com/a%20b", "https://example.com/a|b{c}\"<>`^\thttps://example.com/a|b%7Bc%7D%22%3C%3E%60%5E",
      "https://example.com/[a]%20%zz\thttps://example.com/[a]%20%zz", "https://example.com/?a b|{c}'\"\thttps://example.com/?a%20b|{c}%27%22",
      "https://example.com?a\thttps://example.com/?a", "https://example.com/a#b\thttps://example.com/a", "https://example.com#@evil.example\thttps://example.com/",
      "https://example.com/a/./b/../c/%2e%2E/d/..\thttps://example.com/a/", "https://example.com/../..\thttps://example.com/",
      "https://example.com/Füchse/狐.png?ü=é\thttps://example.com/F%C3%BCchse/%E7%8B%90.png?%C3%BC=%C3%A9",
      "https://my_bucket.example.com/a\thttps://my_bucket.example.com/a", "https://-a-.example.com./\thttps://-a-.example.com./",
      "https://ex%61mple.com/\thttps://example.com/", "https://bücher.example/\thttps://xn--bcher-kva.example/", "https://BÜCHER.example/\thttps://xn--bcher-kva.example/",
      "https://straße.de/\thttps://xn--strae-oqa.de/", "https://xn--bcher-kva.example/\thttps://xn--bcher-kva.example/", "https://XN--BCHER-KVA.example/\thttps://xn--bcher-kva.example/",
      "https://xn--mgba3a4f16a/\thttps://xn--mgba3a4f16a/", "https://xn--r8jz45g.xn--zckzah/\thttps://xn--r8jz45g.xn--zckzah/", "https://xn--strae-oqa.de/\thttps://xn--strae-oqa.de/",
      "https://xn--i-7iq.ws/\thttps://xn--i-7iq.ws/", "https://xn--e1afmkfd.xn--p1ai/\thttps://xn--e1afmkfd.xn--p1ai/", "https://axn--a.example/\thttps://axn--a.example/",
      "https://例え.テスト/\thttps://xn--r8jz45g.xn--zckzah/", "https://例え。テスト/\thttps://xn--r8jz45g.xn--zckzah/", "https://пример.рф/\thttps://xn--e1afmkfd.xn--p1ai/",
      "https://ΟΔΟΣ.gr/\thttps://xn--pxavbq.gr/", "https://☃.net/\thttps://xn--n3h.net/", "https://Ｇｏ.com/\thttps://go.com/", "https://a\u00adb.example/\thttps://ab.example/",
      "https://%E4%BE%8B.example/\thttps://xn--fsq.example/", "https://😀.example/\thttps://xn--e28h.example/"})
  void isReadAsBrowsersDo(String written, String read) {
    assertEquals(read, WebUrl.of(written).toString());
  }

  @Test
  void tabsAndLineBreaksAreNotThere() {
    assertEquals("https://example.com/ab?c", WebUrl.of("\u0001 ht\ntps://exam\tple.com/a\r\nb?c\n").toString());
  }

  @ParameterizedTest
  @CsvSource({
      "http://127.1/, 127.0.0.1", "http://2130706433/, 127.0.0.1", "http://0x7f.1/, 127.0.0.1", "http://0X7F000001/, 127.0.0.1", "http://0177.0.0.01/, 127.0.0.1",
      "http://127.0.0.1./, 127.0.0.1", "http://１２７.０.０.１/, 127.0.0.1", "http://%31%32%37.0.0.1/, 127.0.0.1", "http://0/, 0.0.0.0", "http://0x/, 0.0.0.0",
      "http://192.168.257/, 192.168.1.1", "http://10.65535/, 10.0.255.255", "http://0300.168.0xF0/, 192.168.0.240", "http://4294967295/, 255.255.255.255",
      "http://①②⑦.1/, 127.0.0.1", "http://[::1]/, [::1]", "http://[0:0:0:0:0:0:0:1]:80/, [::1]", "http://[2001:DB8::0:1]/, [2001:db8::1]",
      "http://[1:0:0:2:0:0:0:3]/, [1:0:0:2::3]", "http://[::ffff:127.0.0.1]/, [::ffff:7f00:1]", "http://[1:2:3:4:5:6:7:8]/, [1:2:3:4:5:6:7:8]"})
  void addressesHaveOneForm(String written, String host) {
    WebUrl url = WebUrl.of(written);
    assertEquals(host, url.host());
    assertTrue(url.address() != null);
  }

  @ParameterizedTest
  @ValueSource(strings = {
      "", "example.com", "//example.com/", "/path", "ftp://example.com/", "file:///etc/passwd", "javascript:alert(1)", "data:,a", "http:", "http://", "http:///",
      "http://?a", "http://#a", "http://:80/", "http://user@example.com/", "http://user:word@example.com/", "http://a@b@example.com/", "http://@example.com/",
      "http://example.com:0/", "http://example.com:65536/", "http://example.com:99999999999999999999/", "http://example.com:8a/", "http://example.com:-1/",
      "http://a b/", "http://a<b/", "http://a|b/", "http://a^b/", "http://a%20b/", "http://a%00b/", "http://a%b/", "http://a／b/", "http://℀.example/", "http://[::1",
      "http://[::1%25eth0]/", "http://[::1%eth0]/", "http://[1::2::3]/", "http://[:]/", "http://[127.0.0.1]/", "http://[example]/", "http://[::1]a/", "http://::1/",
      "http://999.1.1.1/", "http://1.2.3.4.5/", "http://1..2/", "http://0x100000000/", "http://4294967296/", "http://08.1/", "http://a.0x7g.1/",
      "http://\ufffd.example/", "http://\ud800.example/", "http://\u0300a.example/", "http://\u202ea.example/", "http://\u00ad/", "http://xn--a/", "http://xn--/", "http://xn--abc-/", "http://a.xn--ls8h=/",
      "http://XN--A/", "http://xn--99999999999/", "http://xn--bcher-kva8/", "http://xn--a.b.example/", "http://ｘｎ－－ａ/", "http://xn--zn7c.com/",
      "http://xn--a-ecp.ru/", "http://a.xn--b/"})
  void whatIsNoUrlOfTheWebIsRefused(String written) {
    assertThrows(RefusedUrl.class, () -> WebUrl.of(written));
  }

  @Test
  void nothingAndTooMuchAreRefused() {
    assertThrows(RefusedUrl.class, () -> WebUrl.of(null));
    assertThrows(RefusedUrl.class, () -> WebUrl.of("http://example.com/" + "a".repeat(5_000)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '\t', ignoreLeadingAndTrailingWhitespace = false, value = {
      "d\thttps://example.com/a/d", "./d?e\thttps://example.com/a/d?e", "../d\thttps://example.com/d", "/d e\thttps://example.com/d%20e", "\\d\thttps://example.com/d",
      "?d\thttps://example.com/a/b?d", "#d\thttps://example.com/a/b?c", " \thttps://example.com/a/b?c", "//other.example\thttps://other.example/",
      "\\\\other.example/d\thttps://other.example/d", "///other.example\thttps://other.example/", "https:d\thttps://example.com/a/d", "https:/d\thttps://example.com/d",
      "https://other.example\thttps://other.example/", "http:d\thttp://d/", "HTTP://other.example\thttp://other.example/", "ü\thttps://example.com/a/%C3%BC"})
  void linksAreResolvedByTheSameRules(String place, String read) {
    assertEquals(read, WebUrl.of("https://example.com/a/b?c").resolve(place).toString());
  }

  @Test
  void tellsWhatIsConnectedToAndAskedFor() {
    WebUrl url = WebUrl.of("https://Example.com:8443/a?b#c");
    assertEquals("https://example.com:8443", url.origin());
    assertEquals("example.com", url.host());
    assertEquals(8443, url.port());
    assertEquals("/a?b", url.target());
    assertTrue(url.tls());
    assertNull(url.address());
    assertEquals(80, WebUrl.of("http://example.com").port());
  }
}
