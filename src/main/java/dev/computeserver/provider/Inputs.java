package dev.computeserver.provider;

import dev.computeserver.media.FileType;
import dev.computeserver.media.Masks;
import dev.computeserver.outbound.GuardedClient;
import dev.computeserver.outbound.Redirect;
import dev.computeserver.outbound.UrlGuard;
import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Brings the files behind a submission's {@code *_url}s into the forms that its processor wants. */
final class Inputs {
  private static final int MOST_BYTES = 64 * 1024 * 1024;
  /** Larger inputs in base64 are read beside the event loop. */
  private static final int MOST_ON_LOOP = 256 * 1024;
  private static final Duration SILENCE = Duration.ofSeconds(30);
  private static final long WHOLE_MILLIS = 120_000;

  private final GuardedClient client;
  private final InputLinks links;
  private final WorkerExecutor workers;
  private final ModelNames names = new ModelNames();

  Inputs(Vertx vertx, GuardedClient client, InputLinks links) {
    this.client = client;
    this.links = links;
    this.workers = vertx.createSharedWorkerExecutor("inputs", 2);
  }

  /** The submission with its inputs ready; fails with {@link InvalidInput} or {@link NotSubmitted} where one cannot be had. */
  Future<Submission> prepare(Submission submission, ProviderProcessor processor, Sender sender) {
    return names.named(submission, processor, sender).compose(named -> files(named, processor, sender));
  }

  private Future<Submission> files(Submission submission, ProviderProcessor processor, Sender sender) {
    List<String> fields = submission.input().fieldNames().stream().filter(name -> name.endsWith("_url"))
        .filter(name -> formOf(submission, processor, name).kind() != InputForm.Kind.AS_GIVEN || formOf(submission, processor, name).mask() != null)
        .toList();
    if (!fields.isEmpty()) {
      DryRun.of(submission, processor);
    }
    Future<Submission> ready = Future.succeededFuture(submission);
    for (String field : fields) {
      ready = ready.compose(before -> prepare(before, field, formOf(submission, processor, field), processor, sender));
    }
    return ready;
  }

  private static InputForm formOf(Submission submission, ProviderProcessor processor, String field) {
    return processor.inputForm(submission.capability(), submission.model(), field, submission.input());
  }

  private Future<Submission> prepare(Submission submission, String field, InputForm form, ProviderProcessor processor, Sender sender) {
    String given = submission.input().getString(field);
    boolean converts = form.mask() != null && form.mask() != InputForm.Mask.WHITE_REPAINTED;
    boolean inline = given.startsWith("data:");
    if (!converts && (form.kind() == InputForm.Kind.AS_GIVEN || form.kind() == InputForm.Kind.LINK && !inline
        || form.kind() == InputForm.Kind.DATA_URI && inline
        || form.kind() == InputForm.Kind.UPLOAD_LARGE && !(inline && given.length() > InputForm.MOST_INLINE))) {
      return Future.succeededFuture(submission);
    }
    if (form.kind() == InputForm.Kind.LINK) {
      String link = links.linkTo(submission.taskId(), field).orElseThrow(() -> InvalidInput.input(field, "must be a link: " + processor.providerType().word() + " takes no inline data and cannot reach this server; set COMPUTE_PUBLIC_URL"));
      return Future.succeededFuture(submission.with(submission.input().copy().put(field, link), submission.files()));
    }
    Future<InputFile> file = inline ? inline(field, given) : fetched(field, given);
    return file.compose(found -> converts ? converted(field, found, form.mask()) : Future.succeededFuture(found))
        .compose(found -> placed(submission, field, found, form, processor, sender));
  }

  private static Future<Submission> placed(Submission submission, String field, InputFile file, InputForm form, ProviderProcessor processor,
      Sender sender) {
    JsonObject input = submission.input().copy();
    Map<String, InputFile> files = new HashMap<>(submission.files());
    switch (form.kind()) {
      case BYTES -> {
        files.put(field, file);
        input.remove(field);
      }
      case UPLOAD, UPLOAD_LARGE -> {
        return sender.follow(processor.upload(field, file))
            .map(sent -> submission.with(input.put(field, reference(field, sent.exchange(), sent.answer(), processor)), files));
      }
      default -> input.put(field, file.dataUri());
    }
    return Future.succeededFuture(submission.with(input, files));
  }

  private static String reference(String field, Exchange upload, Sender.Answer answer, ProviderProcessor processor) {
    String where = "input." + field + " could not be uploaded to " + processor.providerType().word();
    if (!(answer instanceof Sender.Replied replied)) {
      throw new NotSubmitted(new Step.Failed(Code.PROVIDER_UNAVAILABLE, where + ", which does not answer", true, null, Charged.NO));
    }
    Reply reply = replied.reply();
    if (!reply.ok()) {
      Step.Failed refused = processor.refused(reply);
      throw new NotSubmitted(new Step.Failed(refused.code(), where + ": " + refused.message(), refused.retryable(), reply.status(), Charged.NO));
    }
    try {
      return ((Step.Uploaded) upload.reader().apply(reply)).reference();
    } catch (RuntimeException unreadable) {
      throw new NotSubmitted(new Step.Failed(Code.PROVIDER_FAILED, where + ": its reply could not be read", true, reply.status(), Charged.NO));
    }
  }

  private Future<InputFile> converted(String field, InputFile mask, InputForm.Mask look) {
    boolean alpha = look == InputForm.Mask.TRANSPARENT_REPAINTED;
    return workers.executeBlocking(() -> alpha ? Masks.whiteToTransparent(mask.bytes().getBytes()) : Masks.inverted(mask.bytes().getBytes()), false)
        .map(png -> new InputFile(Buffer.buffer(png), "image/png"))
        .recover(unreadable -> Future.failedFuture(InvalidInput.input(field, "must be a picture (PNG, JPEG, GIF or BMP): "
            + unreadable.getMessage())));
  }

  private Future<InputFile> inline(String field, String uri) {
    return uri.length() > MOST_ON_LOOP ? workers.executeBlocking(() -> decoded(field, uri), false) : Future.succeededFuture(decoded(field, uri));
  }

  private static InputFile decoded(String field, String uri) {
    int comma = uri.indexOf(',');
    if (comma < 0 || !uri.substring(0, comma).endsWith(";base64")) {
      throw InvalidInput.input(field, "must be a data URI in base64, such as data:image/png;base64,…");
    }
    try {
      byte[] bytes = Base64.getDecoder().decode(uri.substring(comma + 1));
      return new InputFile(Buffer.buffer(bytes), FileType.of(bytes, uri.substring(5, comma)));
    } catch (IllegalArgumentException malformed) {
      throw InvalidInput.input(field, "is not valid base64");
    }
  }

  private Future<InputFile> fetched(String field, String url) {
    return fetched(url, Redirect.MOST)
        .recover(failure -> Future.failedFuture(InvalidInput.input(field, "cannot be fetched: " + (failure instanceof UrlGuard.RefusedUrl
            || failure instanceof BadLink ? failure.getMessage() : "the host does not answer as it should"))));
  }

  private Future<InputFile> fetched(String url, int redirects) {
    return client.request(HttpMethod.GET, url, SILENCE)
        .compose(request -> request.send().compose(response -> fetched(response, redirects))
            .timeout(WHOLE_MILLIS, TimeUnit.MILLISECONDS).onFailure(failure -> request.reset()));
  }

  private Future<InputFile> fetched(HttpClientResponse response, int redirects) {
    Optional<String> next = Redirect.of(response);
    if (next.isEmpty()) {
      return whole(response);
    }
    return redirects > 0 ? fetched(next.get(), redirects - 1)
        : Future.failedFuture(new BadLink("the link leads on more than " + Redirect.MOST + " times"));
  }

  private static Future<InputFile> whole(HttpClientResponse response) {
    if (response.statusCode() != 200) {
      return Future.failedFuture(new BadLink("the link answered " + response.statusCode()));
    }
    Promise<InputFile> promise = Promise.promise();
    Buffer body = Buffer.buffer();
    response.handler(chunk -> {
      if (body.length() + chunk.length() > MOST_BYTES) {
        promise.tryFail(new BadLink("the file is longer than " + MOST_BYTES + " bytes"));
        response.request().reset();
      } else {
        body.appendBuffer(chunk);
      }
    });
    response.exceptionHandler(promise::tryFail);
    response.endHandler(end -> promise.tryComplete(new InputFile(body, FileType.of(body.getBytes(0, Math.min(body.length(), 64)),
        response.getHeader("Content-Type")))));
    return promise.future();
  }

  /** What is behind a link cannot be taken; the message says why. */
  private static final class BadLink extends RuntimeException {
    BadLink(String message) {
      super(message, null, false, false);
    }
  }
}
