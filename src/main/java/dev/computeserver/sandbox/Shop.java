package dev.computeserver.sandbox;

import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Makes what an order wants from its real inputs, on a worker; a few at once, 10,000 waiting, more are refused. */
final class Shop {

  private final Inputs inputs;
  private final WorkerExecutor worker;
  private final Turns turns = new Turns(4, 10_000);

  Shop(Inputs inputs, WorkerExecutor worker) {
    this.inputs = inputs;
    this.worker = worker;
  }

  /** Fails with {@link Unusable} for bad inputs and with {@link Turns.Full} when too many orders wait. */
  Future<Made> make(Supplier<Future<Order>> order) {
    // The order is written only when its turn comes: it may hold a whole input file.
    return turns.take(() -> order.get().compose(this::make));
  }

  private Future<Made> make(Order order) {
    return fetch(order, 0, new ArrayList<>())
        .compose(fetched -> worker.executeBlocking(() -> make(order, decoded(order, fetched)), false));
  }

  private Future<List<Buffer>> fetch(Order order, int index, List<Buffer> fetched) {
    if (index == order.sources().size()) {
      return Future.succeededFuture(fetched);
    }
    String url = order.sources().get(index);
    Future<Buffer> bytes = Inputs.isData(url) ? Future.succeededFuture() : inputs.fetch(url, index);
    return bytes.compose(got -> {
      fetched.add(got);
      return fetch(order, index + 1, fetched);
    });
  }

  private static List<byte[]> decoded(Order order, List<Buffer> fetched) {
    List<byte[]> sources = new ArrayList<>();
    for (int i = 0; i < fetched.size(); i++) {
      Buffer got = fetched.get(i);
      sources.add(got == null ? Inputs.decode(order.sources().get(i), i) : got.getBytes());
    }
    return sources;
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
}
