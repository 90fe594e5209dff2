package dev.computeserver.sandbox;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.media.DataUri;
import dev.computeserver.outbound.Fetcher;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Makes what an order wants from its real inputs, on a worker, within the node's memory; a few at once, 10,000 waiting, more are
 * refused.
 */
final class Shop {

  /** What a short film takes while it is made. */
  private static final long FILM_BYTES = 32L << 20;

  private final Vertx vertx;
  private final Inputs inputs;
  private final WorkerExecutor worker;
  private final ByteBudget memory;
  private final Turns turns = new Turns(4, 10_000);

  Shop(Vertx vertx, Inputs inputs, WorkerExecutor worker, ByteBudget memory) {
    this.vertx = vertx;
    this.inputs = inputs;
    this.worker = worker;
    this.memory = memory;
  }

  /** Fails with {@link Unusable} for bad inputs, and otherwise when too many orders wait or the node's memory is taken. */
  Future<Made> make(Supplier<Future<Order>> order) {
    // The order is written only when its turn comes: it may hold a whole input file.
    return turns.take(() -> order.get().compose(this::make));
  }

  private Future<Made> make(Order order) {
    long inline = 2 * order.sources().stream().filter(DataUri::is).mapToLong(String::length).sum();
    return Room.of(vertx, memory, inline + outputBytes(order)).compose(room -> sources(order, 0, new ArrayList<>(), room)
        .compose(sources -> worker.executeBlocking(() -> Pictures.workingBytes(order, sources, memory.total() / 2), false)
            .compose(room::more)
            .compose(there -> worker.executeBlocking(() -> make(order, sources), false)))
        .onComplete(made -> room.close()));
  }

  private Future<List<byte[]>> sources(Order order, int index, List<byte[]> before, Room room) {
    if (index == order.sources().size()) {
      return Future.succeededFuture(before);
    }
    String url = order.sources().get(index);
    Future<byte[]> bytes = DataUri.is(url) ? worker.executeBlocking(() -> Inputs.decode(url, index), false)
        : inputs.fetch(url, index, new Growing(room));
    return bytes.compose(got -> {
      before.add(got);
      return sources(order, index + 1, before, room);
    });
  }

  private static long outputBytes(Order order) {
    return switch (order.what()) {
      case IMAGE_GENERATION -> 4L * Pictures.side(order.shape().width(), Pictures.USUAL_WIDTH) * Pictures.side(order.shape().height(), Pictures.USUAL_HEIGHT);
      case VIDEO_GENERATION, IMAGE_TO_VIDEO, LIP_SYNC -> FILM_BYTES;
      default -> 1 << 20;
    };
  }

  private static Made make(Order order, List<byte[]> sources) throws Exception {
    Made made = open(order, sources);
    return order.hidden() && made.contentType().startsWith("image/")
        ? Pictures.black(made.width(), made.height(), order.shape().format()) : made;
  }

  private static Made open(Order order, List<byte[]> sources) throws Exception {
    return switch (order.what()) {
      case IMAGE_GENERATION -> Pictures.generate(order);
      case IMAGE_EDITING -> Pictures.edit(order, sources.get(0));
      case INPAINTING -> Pictures.inpaint(order, sources.get(0), sources.get(1));
      case BACKGROUND_REMOVAL -> Pictures.cutOut(sources.get(0));
      case SUPER_RESOLUTION -> Pictures.upscale(order, sources.get(0));
      case IMAGE_UNDERSTANDING -> Texts.describe(order, Pictures.decode(sources.get(0), 0));
      case VIDEO_GENERATION -> Videos.generate(order);
      case IMAGE_TO_VIDEO -> Videos.fromPicture(order, Pictures.decode(sources.get(0), 0));
      case LIP_SYNC -> Videos.lipSync(order, sources.get(0), sources.get(1));
      case TEXT_GENERATION -> Texts.answer(order);
      case TEXT_EMBEDDING -> Made.text(Texts.vector(order.prompt(), order.shape().width()).encode(), 0);
      case SPEECH_SYNTHESIS -> Sounds.speech(order);
      case SPEECH_RECOGNITION -> Texts.transcribe(sources.get(0));
      case MUSIC_GENERATION -> Sounds.music(order);
      case SOUND_GENERATION -> Sounds.effect(order);
      case MODEL_3D_GENERATION -> Models3d.box(order, sources.isEmpty() ? null : Pictures.decode(sources.get(0), 0));
      // A capability that is newer than the sandbox needs no playing.
      default -> throw new IllegalStateException("the sandbox cannot make " + order.what().word() + "; teach it to Shop");
    };
  }

  /** Room that a file takes as it comes; asked again for the same file, it has what it was given. */
  private static final class Growing implements Fetcher.Room {
    private final Room room;
    private long given;

    Growing(Room room) {
      this.room = room;
    }

    @Override
    public Future<Void> need(long bytes) {
      // The file and its copy for the worker.
      long more = 2 * bytes - given;
      given = Math.max(given, 2 * bytes);
      return more <= 0 ? Future.succeededFuture() : room.more(more);
    }
  }
}
