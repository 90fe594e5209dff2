package dev.computeserver.outbound;

import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.StreamResetException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/** What went wrong with an exchange, in words for whoever gave its address: many of Java's own are names of its classes. */
public final class Troubles {
  private Troubles() {
  }

  public static String words(Throwable failure) {
    if (failure instanceof TimeoutException) {
      return "there was no answer in time";
    }
    if (failure instanceof SSLException) {
      return "no connection by TLS can be made that can be trusted";
    }
    if (failure instanceof HttpClosedException || failure instanceof ClosedChannelException || failure instanceof StreamResetException) {
      return "the connection was closed before the answer was whole";
    }
    String message = failure.getMessage();
    return message == null || message.contains("Exception") ? "the connection broke, or what came is no answer" : message;
  }
}
