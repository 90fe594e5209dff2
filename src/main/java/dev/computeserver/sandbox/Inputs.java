package dev.computeserver.sandbox;

import dev.computeserver.sandbox.Unusable.Why;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Gets the bytes behind a job's input URL: data URLs, and http(s) from loopback only; 64 MiB and 30 s at most. */
final class Inputs {

  static final int MAX_BYTES = 64 << 20;

  private final HttpClient client;

  Inputs(HttpClient client) {
    this.client = client;
  }

  /** The bytes behind an http(s) URL; fails with {@link Unusable}. */
  Future<Buffer> fetch(String url, int source) {
    RequestOptions request;
    try {
      URI uri = URI.create(url);
      if (!("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) || !loopback(uri.getHost())) {
        throw new IllegalArgumentException("not a loopback http(s) URL");
      }
      request = new RequestOptions().setAbsoluteURI(url).setMethod(HttpMethod.GET).setFollowRedirects(false)
          .setConnectTimeout(5_000).setIdleTimeout(10_000);
    } catch (IllegalArgumentException e) {
      return Future.failedFuture(new Unusable(Why.DOWNLOAD, source,
          "the sandbox takes data: URLs and http(s) URLs of loopback addresses only"));
    }
    return client.request(request)
        .compose(sent -> sent.send())
        .compose(answer -> body(answer, source))
        .timeout(30, TimeUnit.SECONDS)
        .recover(e -> Future.failedFuture(e instanceof Unusable ? e
            : new Unusable(Why.DOWNLOAD, source, "the file could not be downloaded")));
  }

  private static Future<Buffer> body(HttpClientResponse answer, int source) {
    if (answer.statusCode() != 200) {
      answer.request().reset();
      return Future.failedFuture(new Unusable(Why.DOWNLOAD, source,
          "the file could not be downloaded: status " + answer.statusCode()));
    }
    Promise<Buffer> whole = Promise.promise();
    Buffer bytes = Buffer.buffer();
    answer.handler(part -> {
      if (bytes.length() + part.length() > MAX_BYTES) {
        whole.tryFail(new Unusable(Why.TOO_LARGE, source, "the file is larger than " + MAX_BYTES + " bytes"));
        answer.request().reset();
      } else {
        bytes.appendBuffer(part);
      }
    });
    answer.exceptionHandler(whole::tryFail);
    answer.endHandler(end -> whole.tryComplete(bytes));
    return whole.future();
  }

  static boolean isData(String url) {
    return url.regionMatches(true, 0, "data:", 0, 5);
  }

  /** The bytes in a data URL; a big one takes a while: for workers. */
  static byte[] decode(String url, int source) {
    int comma = url.indexOf(',');
    if (comma < 0) {
      throw new Unusable(Why.DOWNLOAD, source, "the data URL has no comma");
    }
    try {
      byte[] bytes = url.substring(0, comma).toLowerCase(Locale.ROOT).endsWith(";base64")
          ? Base64.getMimeDecoder().decode(url.substring(comma + 1)) : percent(url.substring(comma + 1));
      if (bytes.length > MAX_BYTES) {
        throw new Unusable(Why.TOO_LARGE, source, "the file is larger than " + MAX_BYTES + " bytes");
      }
      return bytes;
    } catch (IllegalArgumentException e) {
      throw new Unusable(Why.DOWNLOAD, source, "the data URL cannot be decoded");
    }
  }

  private static byte[] percent(String text) {
    byte[] raw = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream(raw.length);
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] == '%' && i + 2 < raw.length) {
        out.write(Integer.parseInt(new String(raw, i + 1, 2, StandardCharsets.US_ASCII), 16));
        i += 2;
      } else {
        out.write(raw[i]);
      }
    }
    return out.toByteArray();
  }

  // By text, not by lookup: a name that resolves to loopback now may resolve elsewhere at connect time.
  static boolean loopback(String host) {
    return host != null && ("localhost".equals(host) || "[::1]".equals(host) || host.matches("127(\\.\\d{1,3}){3}"));
  }
}
