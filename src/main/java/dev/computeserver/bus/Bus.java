package dev.computeserver.bus;

import dev.computeserver.async.Isolated;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks, tells and serves typed addresses. Any thread may call it; replies arrive on the caller's context. */
public final class Bus {
  /** Failure code of a receiver's bug; the message carries the incident id that its log has. */
  public static final int BUG = 500;

  private static final Logger LOG = LoggerFactory.getLogger(Bus.class);

  private final Vertx vertx;

  public Bus(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Must have run for an address on each node before it is used there. May run again. */
  public void know(Address<?, ?> address) {
    know(address.ask());
    know(address.reply());
  }

  /** The reply, or a failure: nobody there, none within {@code patience}, or a bug of the receiver. */
  public <Q extends Record, R extends Record> Future<R> ask(Address<Q, R> address, Q question, Duration patience) {
    DeliveryOptions options = options(address.ask()).setSendTimeout(patience.toMillis());
    return vertx.eventBus().<R>request(address.name(), question, options).map(Message::body);
  }

  /** The same, asked of this node's own consumer, which must exist: no other node's death can lose the question. */
  public <Q extends Record, R extends Record> Future<R> askHere(Address<Q, R> address, Q question, Duration patience) {
    DeliveryOptions options = options(address.ask()).setSendTimeout(patience.toMillis()).setLocalOnly(true);
    return vertx.eventBus().<R>request(address.name(), question, options).map(Message::body);
  }

  /** To one of the address's consumers, or to nobody: a hint whose loss costs time only. */
  public <Q extends Record> void hint(Address<Q, ?> address, Q hint) {
    vertx.eventBus().send(address.name(), hint, options(address.ask()));
  }

  /** To every consumer of the address on every node; may be lost. */
  public <Q extends Record> void publish(Address<Q, ?> address, Q news) {
    vertx.eventBus().publish(address.name(), news, options(address.ask()));
  }

  /** Serves an address on the caller's context; the future is done once other nodes can reach it. */
  public <Q extends Record, R extends Record> Future<MessageConsumer<Q>> serve(Address<Q, R> address, Function<Q, Future<R>> answer) {
    know(address);
    DeliveryOptions options = options(address.reply());
    MessageConsumer<Q> consumer = vertx.eventBus().consumer(address.name(), message ->
        Future.succeededFuture(message).map(Message::body).compose(answer).map(reply -> {
          message.reply(reply, options);
          return reply;
        }).onFailure(bug -> message.fail(BUG, incident(address, bug))));
    return consumer.completion().map(consumer);
  }

  /** Hears an address that expects no reply, on the caller's context. */
  public <Q extends Record> Future<MessageConsumer<Q>> hear(Address<Q, ?> address, Handler<Q> handler) {
    know(address);
    MessageConsumer<Q> consumer = vertx.eventBus().consumer(address.name(), message ->
        Isolated.run("hearing " + address.name(), () -> handler.handle(message.body())));
    return consumer.completion().map(consumer);
  }

  private static String incident(Address<?, ?> address, Throwable bug) {
    String incident = UUID.randomUUID().toString();
    LOG.error("Incident {} while serving {}", incident, address.name(), bug);
    return "internal error, incident " + incident;
  }

  private static DeliveryOptions options(Class<?> type) {
    return new DeliveryOptions().setCodecName(type.getName());
  }

  private <T extends Record> void know(Class<T> type) {
    try {
      vertx.eventBus().registerDefaultCodec(type, new RecordCodec<>(type));
    } catch (IllegalStateException known) {
      // Registered before; Vert.x has no way to ask.
    }
  }
}
