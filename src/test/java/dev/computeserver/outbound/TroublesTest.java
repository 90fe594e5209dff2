package dev.computeserver.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.http.HttpClosedException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

class TroublesTest {
  @Test
  void nobodyNeedsToKnowJava() {
    assertEquals("there was no answer in time", Troubles.words(new TimeoutException()));
    assertEquals("the connection was closed before the answer was whole", Troubles.words(new ClosedChannelException()));
    assertEquals("the connection was closed before the answer was whole", Troubles.words(new HttpClosedException("Connection was closed")));
    assertEquals("no connection by TLS can be made that can be trusted",
        Troubles.words(new SSLHandshakeException("sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path")));
    assertEquals("the connection broke, or what came is no answer", Troubles.words(new IllegalStateException()));
    assertEquals("the connection broke, or what came is no answer", Troubles.words(new IOException("java.lang.NumberFormatException: x")));
    assertEquals("the file is too long", Troubles.words(new IOException("the file is too long")));
  }
}
