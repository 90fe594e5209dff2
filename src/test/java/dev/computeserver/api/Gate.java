package dev.computeserver.api;

import dev.computeserver.support.Statements;
import dev.computeserver.support.TestServers;
import dev.computeserver.support.TestStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Stands before PostgreSQL. While it is shut, connections are refused and those that were open are cut; on request it lets
 * one statement through and cuts the connection in place of the answer.
 */
final class Gate {
  private final Vertx vertx;
  private final NetClient client;
  private final String host;
  private final int port;
  private final Set<NetSocket> open = ConcurrentHashMap.newKeySet();
  private final AtomicReference<Unlucky> unlucky = new AtomicReference<>();
  private NetServer server;

  Gate(Vertx vertx, String host, int port) {
    this.vertx = vertx;
    this.client = vertx.createNetClient();
    this.host = host;
    this.port = port;
    this.server = listen(TestServers.freePort());
  }

  int port() {
    return server.actualPort();
  }

  void shut() {
    TestStore.await(server.close());
    open.forEach(NetSocket::close);
  }

  void open() {
    server = listen(server.actualPort());
  }

  /** The answer to the next statement whose values hold the text is lost after its commit; done when that has happened. */
  Future<Void> loseAnswerTo(String text) {
    Promise<Void> happened = Promise.promise();
    unlucky.set(new Unlucky(text, happened));
    return happened.future();
  }

  private NetServer listen(int at) {
    return TestStore.await(vertx.createNetServer().connectHandler(this::join).listen(at, "127.0.0.1"));
  }

  private void join(NetSocket near) {
    near.pause();
    open.add(near);
    near.closeHandler(closed -> open.remove(near));
    client.connect(port, host).onComplete(far -> new Pair(near, far).join(), refused -> near.close());
  }

  private record Unlucky(String text, Promise<Void> happened) {
  }

  /** One connection: from the node to the gate, and from the gate to the server. */
  private final class Pair {
    private final NetSocket near;
    private final NetSocket far;
    private final Statements statements = new Statements();
    private Unlucky cutAtAnswer;

    Pair(NetSocket near, NetSocket far) {
      this.near = near;
      this.far = far;
    }

    void join() {
      open.add(far);
      close(near, far);
      close(far, near);
      near.handler(this::asked);
      far.handler(this::answered);
      near.resume();
    }

    private void close(NetSocket one, NetSocket other) {
      one.closeHandler(closed -> {
        open.remove(one);
        other.close();
      });
    }

    private void asked(Buffer bytes) {
      Unlucky wanted = unlucky.get();
      if (statements.hold(bytes, wanted == null ? null : wanted.text) && unlucky.compareAndSet(wanted, null)) {
        cutAtAnswer = wanted;
      }
      far.write(bytes);
    }

    private void answered(Buffer bytes) {
      if (cutAtAnswer == null) {
        near.write(bytes);
      } else if (readyForMore(bytes)) {
        // Told first: the client may learn of the cut before this goes on.
        cutAtAnswer.happened.tryComplete();
        near.close();
      }
    }

    /** A statement on its own is committed when the server says that it is ready for the next one. */
    private boolean readyForMore(Buffer bytes) {
      int end = bytes.length();
      return end >= 6 && bytes.getByte(end - 6) == 'Z' && bytes.getByte(end - 1) == 'I';
    }
  }
}
