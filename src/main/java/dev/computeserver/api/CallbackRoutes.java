package dev.computeserver.api;

import dev.computeserver.callback.Signed;
import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderType;
import dev.computeserver.inbound.Bodies;
import dev.computeserver.provider.CallbackDesk;
import dev.computeserver.task.TaskId;
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
  private static final String ATTEMPT = CallbackRoutes.class.getName();

  private final CallbackTokens tokens;
  private final CallbackDesk desk;
  private final Bodies bodies;

  CallbackRoutes(CallbackTokens tokens, CallbackDesk desk, Bodies bodies) {
    this.tokens = tokens;
    this.desk = desk;
    this.bodies = bodies;
  }

  void mount(Router router) {
    router.post("/v1/provider-callbacks/:provider/:task/:token").handler(this::know).handler(bodies.readerUpTo(MOST_BYTES)).handler(this::take);
    router.post("/v1/provider-callbacks/:provider").handler(this::knowAccount).handler(bodies.reader(MOST_BYTES, "which is more than an event has"))
        .handler(this::takeOfAccount);
  }

  private static ProviderType provider(RoutingContext context) {
    return Named.of(ProviderType.class, context.pathParam("provider")).orElse(null);
  }

  private static UUID task(RoutingContext context) {
    return TaskId.parse(context.pathParam("task")).orElse(null);
  }

  /** Nothing is read for whom we have not given the address to. */
  private void know(RoutingContext context) {
    ProviderType provider = provider(context);
    UUID task = task(context);
    OptionalInt attempt = provider == null || task == null ? OptionalInt.empty() : tokens.attempt(provider, task, context.pathParam("token"));
    if (attempt.isEmpty()) {
      count(provider, CallbackDesk.Refused.ADDRESS);
      throw Problem.notFound("this is no callback address of ours");
    }
    refuseWithoutSecret(provider);
    context.put(ATTEMPT, attempt.getAsInt()).next();
  }

  private void take(RoutingContext context) {
    Signed signed = new Signed(context.request().path(), context.request().headers(), context.body().buffer());
    ProviderType provider = provider(context);
    desk.take(new CallbackDesk.Callback(provider, task(context), context.get(ATTEMPT), signed))
        .onComplete(taken -> answer(context, provider, taken), failure -> Answers.failure(context, failure));
  }

  private void knowAccount(RoutingContext context) {
    ProviderType provider = provider(context);
    if (provider == null || !desk.listensToAccount(provider)) {
      refuseWithoutSecret(provider);
      count(provider, CallbackDesk.Refused.ADDRESS);
      throw Problem.notFound("no callbacks are taken here");
    }
    context.next();
  }

  /** Nobody can tell the provider's own from others then, so it has not been asked for any either. */
  private void refuseWithoutSecret(ProviderType provider) {
    if (provider != null && desk.lacksSecret(provider)) {
      count(provider, CallbackDesk.Refused.NO_SECRET);
      throw Problem.notFound("no callbacks of " + provider.word() + " are taken while providers." + provider.word() + ".webhook_secret is not set");
    }
  }

  private void count(ProviderType provider, CallbackDesk.Refused why) {
    if (provider != null) {
      desk.refused(provider, why);
    }
  }

  /** Here the signature is all that tells the provider from anybody else, so without it nothing is a hint. */
  private void takeOfAccount(RoutingContext context) {
    ProviderType provider = provider(context);
    Signed signed = new Signed(context.request().path(), context.request().headers(), context.body().buffer());
    desk.take(provider, signed).onComplete(taken -> {
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
}
