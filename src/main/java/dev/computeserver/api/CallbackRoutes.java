package dev.computeserver.api;

import dev.computeserver.callback.Signed;
import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.provider.CallbackDesk;
import dev.computeserver.task.TaskId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * Where providers report. A path of ours with a token of ours is a hint to look at the job; what else a callback is worth,
 * the provider's own signature tells. Answered with 200, since not all providers take another answer for a good one. Providers that know
 * one address of the account only have a path without a token.
 */
final class CallbackRoutes {
  /** Of the body of a hint nothing is needed, so a longer one is not kept. */
  private static final int MOST_BYTES = 1024 * 1024;
  /** What is not kept is let through, since who is cut off does not see the answer; but not for ever. */
  private static final int MOST_DROPPED = 32 * MOST_BYTES;

  private final CallbackTokens tokens;
  private final CallbackDesk desk;

  CallbackRoutes(CallbackTokens tokens, CallbackDesk desk) {
    this.tokens = tokens;
    this.desk = desk;
  }

  /** To be mounted before anything reads bodies. */
  void mount(Router router) {
    router.post("/v1/provider-callbacks/:provider/:task/:token").handler(this::take);
    router.post("/v1/provider-callbacks/:provider").handler(this::takeOfAccount);
  }

  private void take(RoutingContext context) {
    ProviderType provider = Named.of(ProviderType.class, context.pathParam("provider")).orElse(null);
    UUID task = TaskId.parse(context.pathParam("task")).orElse(null);
    OptionalInt attempt = provider == null || task == null ? OptionalInt.empty() : tokens.attempt(provider, task, context.pathParam("token"));
    if (attempt.isEmpty()) {
      throw Problem.notFound("this is no callback address of ours");
    }
    HttpServerRequest request = context.request();
    body(request)
        .map(body -> new CallbackDesk.Callback(provider, task, attempt.getAsInt(), new Signed(request.path(), request.headers(), body)))
        .compose(desk::take)
        .onComplete(taken -> answer(context, provider, taken), failure -> Answers.failure(context, failure));
  }

  /** Here the signature is all that tells the provider from anybody else, so without it nothing is a hint. */
  private void takeOfAccount(RoutingContext context) {
    ProviderType provider = Named.of(ProviderType.class, context.pathParam("provider")).filter(desk::listensToAccount)
        .orElseThrow(() -> Problem.notFound("no callbacks are taken here; a provider that reports at one address of the account needs its webhook_secret"));
    HttpServerRequest request = context.request();
    body(request)
        .compose(body -> body == null ? Future.failedFuture(Answers.byStatus(413))
            : desk.take(provider, new Signed(request.path(), request.headers(), body)))
        .onComplete(taken -> {
          if (taken == CallbackDesk.Taken.OF_NO_JOB) {
            Answers.failure(context, Problem.notFound("the callback names no job that is known here"));
          } else {
            answer(context, provider, taken == CallbackDesk.Taken.TOLD);
          }
        }, failure -> Answers.failure(context, failure));
  }

  private static void answer(RoutingContext context, ProviderType provider, boolean taken) {
    if (taken) {
      Answers.json(context, 200, new JsonObject());
    } else {
      Answers.failure(context, Problem.of(401, "Not signed", "the callback is not signed as " + provider.word()
          + " signs, or was signed too long ago; nothing was done"));
    }
  }

  /** The body, or null where it is longer than {@value #MOST_BYTES} bytes. */
  private static Future<Buffer> body(HttpServerRequest request) {
    Promise<Buffer> promise = Promise.promise();
    Buffer body = Buffer.buffer();
    request.handler(chunk -> {
      if (request.bytesRead() > MOST_DROPPED) {
        request.connection().close();
      } else if (promise.future().isComplete() || body.length() + chunk.length() > MOST_BYTES) {
        promise.tryComplete(null);
      } else {
        body.appendBuffer(chunk);
      }
    });
    request.exceptionHandler(broken -> promise.tryFail(Answers.byStatus(400)));
    request.endHandler(end -> promise.tryComplete(body));
    return promise.future();
  }
}
