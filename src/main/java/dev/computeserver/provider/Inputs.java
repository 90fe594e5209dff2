package dev.computeserver.provider;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.media.DataUri;
import dev.computeserver.media.FileType;
import dev.computeserver.media.Masks;
import dev.computeserver.media.PictureFile;
import dev.computeserver.media.UprightPicture;
import dev.computeserver.outbound.Fetcher;
import dev.computeserver.outbound.GuardedClient;
import dev.computeserver.outbound.Unreachable;
import dev.computeserver.outbound.UrlGuard;
import dev.computeserver.outbound.WebUrl;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;

/** Brings the files behind a submission's {@code *_url}s into the forms that its processor wants, once it is known that they are such files. */
final class Inputs {
  private static final int MOST_BYTES = 64 * 1024 * 1024;
  private static final long MOST_PIXELS = 64_000_000;
  /** Larger inputs in base64 are read beside the event loop. */
  private static final int MOST_ON_LOOP = 256 * 1024;

  private final Vertx vertx;
  private final Fetcher fetcher;
  private final InputLinks links;
  private final ByteBudget memory;
  private final WorkerExecutor workers;
  private final ModelNames names = new ModelNames();

  /** @param memory what the node gives to files while they are on their way */
  Inputs(Vertx vertx, GuardedClient client, InputLinks links, ByteBudget memory) {
    this.vertx = vertx;
    this.fetcher = new Fetcher(vertx, client, MOST_BYTES);
    this.links = links;
    this.memory = memory;
    this.workers = vertx.createSharedWorkerExecutor("inputs", 2);
  }

  /**
   * The submission with its inputs ready; fails with {@link InvalidInput}, {@link InputNotReady}, {@link NotSubmitted} or
   * {@link InputRoom.Unwanted} where one cannot be had.
   *
   * @param wanted whether it is still to be submitted; asked where it waits for memory
   */
  Future<Ready> prepare(Submission submission, ProviderProcessor processor, Sender sender, BooleanSupplier wanted) {
    InputRoom room = new InputRoom(vertx, memory, wanted);
    return names.named(submission, processor, sender).compose(this::checked)
        .compose(named -> new Way(named, processor, sender, room).files())
        .map(ready -> new Ready(ready, room))
        .onFailure(failure -> room.close());
  }

  /** With each link as every program reads it, and what is inline under its true type. */
  private Future<Submission> checked(Submission submission) {
    JsonObject input = submission.input().copy();
    Future<Void> checked = Future.succeededFuture();
    for (String field : InputUrls.fields(input)) {
      String given = input.getString(field);
      checked = checked.compose(before -> aside(given.length(), () -> checked(field, given)))
          .map(plain -> {
            input.put(field, plain);
            return null;
          });
    }
    return checked.map(done -> submission.with(input, submission.files()));
  }

  private static String checked(String field, String given) {
    try {
      if (!DataUri.is(given)) {
        return WebUrl.of(given).toString();
      }
      DataUri uri = DataUri.of(given);
      return uri.as(InputUrls.typeOf(field, uri));
    } catch (UrlGuard.RefusedUrl none) {
      throw InvalidInput.input(field, "cannot be fetched: " + none.getMessage());
    } catch (DataUri.Malformed malformed) {
      throw InvalidInput.input(field, malformed.getMessage());
    }
  }

  private <T> Future<T> aside(long length, Callable<T> work) {
    if (length > MOST_ON_LOOP) {
      return workers.executeBlocking(work, false);
    }
    try {
      return Future.succeededFuture(work.call());
    } catch (Exception failed) {
      return Future.failedFuture(failed);
    }
  }

  /** One submission's way. */
  private final class Way {
    private final ProviderProcessor processor;
    private final Sender sender;
    private final InputRoom room;
    private Submission submission;

    Way(Submission submission, ProviderProcessor processor, Sender sender, InputRoom room) {
      this.submission = submission;
      this.processor = processor;
      this.sender = sender;
      this.room = room;
    }

    Future<Submission> files() {
      List<String> fields = InputUrls.fields(submission.input());
      if (fields.stream().map(this::formOf).anyMatch(form -> form.kind() != InputForm.Kind.AS_GIVEN || form.mask() != null)) {
        DryRun.of(submission, processor);
      }
      Future<Void> ready = Future.succeededFuture();
      for (String field : fields) {
        ready = ready.compose(before -> prepare(field, formOf(field)));
      }
      return ready.map(done -> submission);
    }

    private InputForm formOf(String field) {
      return processor.inputForm(submission.capability(), submission.model(), field, submission.input());
    }

    private Future<Void> prepare(String field, InputForm form) {
      String given = submission.input().getString(field);
      boolean converts = form.mask() != null && form.mask() != InputForm.Mask.WHITE_REPAINTED;
      boolean inline = DataUri.is(given);
      boolean takes = form.takes(given, inline) && !(inline && InputUrls.isTurned(field, DataUri.of(given)));
      if (!converts && takes) {
        return Future.succeededFuture();
      }
      if (form.kind() == InputForm.Kind.LINK) {
        String link = links.linkTo(submission.taskId(), field).orElseThrow(() -> InvalidInput.input(field, "must be a link: "
            + processor.providerType().word() + " takes no inline data and cannot reach this server; set COMPUTE_PUBLIC_URL"));
        put(field, link);
        return Future.succeededFuture();
      }
      return (inline ? inline(field, given) : fetched(field, given))
          .compose(found -> converts ? converted(field, found, form.mask()) : upright(field, found))
          .compose(found -> placed(field, found, form));
    }

    private void put(String field, String text) {
      submission = submission.with(submission.input().copy().put(field, text), submission.files());
    }

    private Future<InputFile> inline(String field, String given) {
      DataUri uri = DataUri.of(given);
      return room.forFile(uri.mostBytes()).compose(there -> aside(given.length(), uri::bytes)).map(bytes -> {
        room.keep(bytes.length);
        return new InputFile(Buffer.buffer(bytes), uri.type());
      }).recover(failure -> Future.failedFuture(failure instanceof DataUri.Malformed ? InvalidInput.input(field, failure.getMessage()) : failure));
    }

    private Future<InputFile> fetched(String field, String url) {
      return fetcher.fetch(url, room::forFile).map(file -> {
        room.keep(file.bytes().length());
        byte[] head = file.bytes().getBytes(0, Math.min(file.bytes().length(), FileType.HEAD));
        return new InputFile(file.bytes(), InputKind.of(field).typeOf(field, head, file.claimedType()));
      }).recover(failure -> {
        if (failure instanceof Fetcher.BadLink bad) {
          return Future.failedFuture(bad.isPassing() ? new InputNotReady(field, bad.getMessage(), bad.retryAfter())
              : InvalidInput.input(field, "cannot be fetched: " + bad.getMessage()));
        }
        return Future.failedFuture(failure instanceof Unreachable ? new NotSubmitted(new Step.Failed(Code.PROVIDER_UNAVAILABLE,
            "input." + field + " could not be fetched: " + failure.getMessage(), true, null, Charged.NO)) : failure);
      });
    }

    private Future<InputFile> converted(String field, InputFile given, InputForm.Mask look) {
      return workers.executeBlocking(() -> PictureFile.of(given.bytes().getBytes()), false).compose(mask -> {
        long most = Math.min(MOST_PIXELS, room.most() / mask.bytesPerPixel());
        if (mask.pixels() > most) {
          throw InvalidInput.input(field, "has " + mask.pixels() + " pixels; a mask of its kind may have " + most + " here");
        }
        return room.forMoment(mask.decodedBytes()).compose(there -> workers.executeBlocking(() ->
            look == InputForm.Mask.TRANSPARENT_REPAINTED ? Masks.whiteToTransparent(mask) : Masks.inverted(mask), false));
      }).map(png -> {
        room.keep(png.length);
        return new InputFile(Buffer.buffer(png), "image/png");
      }).recover(failure -> Future.failedFuture(failure instanceof PictureFile.Unreadable
          ? InvalidInput.input(field, "cannot be read as a mask: " + failure.getMessage()) : failure));
    }

    /** Turned as it is to be looked at; as it is where it is too big for that or of a kind that is not read here. */
    private Future<InputFile> upright(String field, InputFile given) {
      if (InputKind.of(field) != InputKind.PICTURE) {
        return Future.succeededFuture(given);
      }
      byte[] file = given.bytes().getBytes();
      if (!UprightPicture.isNeeded(file)) {
        return Future.succeededFuture(given);
      }
      return workers.executeBlocking(() -> PictureFile.of(file), false).compose(stored -> {
        long bytes = UprightPicture.bytesFor(stored);
        return stored.pixels() > MOST_PIXELS || bytes > room.most() ? Future.succeededFuture(given)
            : room.forMoment(bytes).compose(there -> workers.executeBlocking(() -> UprightPicture.of(stored), false)).map(turned -> {
              room.keep(turned.file().length);
              return new InputFile(Buffer.buffer(turned.file()), turned.contentType());
            });
      }).recover(failure -> failure instanceof PictureFile.Unreadable ? Future.succeededFuture(given) : Future.failedFuture(failure));
    }

    private Future<Void> placed(String field, InputFile file, InputForm form) {
      switch (form.kind()) {
        case BYTES -> {
          JsonObject input = submission.input().copy();
          input.remove(field);
          Map<String, InputFile> files = new HashMap<>(submission.files());
          files.put(field, file);
          submission = submission.with(input, files);
        }
        case UPLOAD, UPLOAD_LARGE -> {
          return sender.follow(processor.upload(field, file)).map(sent -> {
            put(field, reference(field, sent.exchange(), sent.answer(), processor));
            return null;
          });
        }
        default -> {
          return aside(file.bytes().length(), file::dataUri).map(uri -> {
            put(field, uri);
            return null;
          });
        }
      }
      return Future.succeededFuture();
    }
  }

  private static String reference(String field, Exchange upload, Sender.Answer answer, ProviderProcessor processor) {
    String where = "input." + field + " could not be uploaded to " + processor.providerType().word();
    if (!(answer instanceof Sender.Replied replied)) {
      throw new NotSubmitted(new Step.Failed(Code.PROVIDER_UNAVAILABLE, where + ", which does not answer", true, null, Charged.NO));
    }
    Reply reply = replied.reply();
    if (!reply.ok()) {
      Step.Failed refused = processor.refused(reply);
      throw new NotSubmitted(new Step.Failed(refused.code(), where + ": " + refused.message(), refused.retryable(), reply.status(), Charged.NO),
          processor.retryAfter(reply));
    }
    try {
      return ((Step.Uploaded) upload.reader().apply(reply)).reference();
    } catch (RuntimeException unreadable) {
      throw new NotSubmitted(new Step.Failed(Code.PROVIDER_FAILED, where + ": its reply could not be read", true, reply.status(), Charged.NO));
    }
  }

  /** A submission whose inputs are there; to be closed once they have been sent, or never will be. */
  record Ready(Submission submission, InputRoom room) implements AutoCloseable {
    @Override
    public void close() {
      room.close();
    }
  }
}
