package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderType;
import dev.computeserver.sandbox.SandboxJob.Ticket;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;

/** The way of a submit into the job book: read, checked, struck by a fault or accepted. */
final class Intake {

  /** How a provider says no. */
  interface Words {

    /** To a submit that a fault refuses. */
    Reply refused(Fault fault);

    /** To a body that cannot be read or has a wrong field. */
    Reply malformed(String message);
  }

  /**
   * What is asked for.
   *
   * @param model of the provider
   * @param facts the job's notes
   * @param check finds what is wrong with the body, and says it as the provider does
   */
  record Request(String model, Map<String, String> facts, Function<JsonObject, Optional<Reply>> check) { }

  private final Workbench bench;
  private final ProviderType provider;
  private final Words words;

  Intake(Workbench bench, ProviderType provider, Words words) {
    this.bench = bench;
    this.provider = provider;
    this.words = words;
  }

  /** Hands the job to {@code accepted}, or answers itself. */
  void take(RoutingContext ctx, Request request, Consumer<SandboxJob> accepted) {
    Future.succeededFuture(ctx).map(Intake::body)
        .compose(body -> bench.submission(body).compose(submission -> json(body).map(fields -> {
          Optional<Reply> wrong = request.check().apply(fields);
          wrong.ifPresentOrElse(reply -> reply.send(ctx.response()), () -> book(ctx, request, submission, accepted));
          return null;
        })))
        .onFailure(bad -> why(bad).send(ctx.response()));
  }

  private static Buffer body(RoutingContext ctx) {
    Form form = Form.of(ctx);
    Buffer plain = form == null ? ctx.body().buffer() : form.asJson();
    return plain == null ? Buffer.buffer() : plain;
  }

  private Future<JsonObject> json(Buffer body) {
    return body.length() <= Submission.SMALL ? Future.succeededFuture(body).map(JsonObject::new)
        : bench.worker().executeBlocking(() -> new JsonObject(body), false);
  }

  private Reply why(Throwable bad) {
    if (bad instanceof Wish.BadWish wish) {
      return words.malformed("sandbox" + (wish.field().isEmpty() ? "" : "." + wish.field()) + " " + wish.getMessage());
    }
    return bad instanceof DecodeException || bad instanceof ClassCastException
        ? words.malformed("the body is not the JSON object that is wanted") : words.refused(Fault.SUBMIT_500);
  }

  /** Books what has been read and checked elsewhere; hands the job to {@code accepted}, or answers itself. */
  void book(RoutingContext ctx, Request request, Submission submission, Consumer<SandboxJob> accepted) {
    Fault fault = bench.faults().strike(submission.wish(), Fault.Stage.SUBMIT, provider.word() + "/" + submission.hash()).orElse(null);
    if (fault != null && fault != Fault.SUBMIT_CUT && fault != Fault.SUBMIT_HANG) {
      words.refused(fault).send(ctx.response());
      return;
    }
    String id = UUID.randomUUID().toString().replace("-", "");
    SandboxJob job = bench.jobs().accept(new Ticket(id, provider, request.model(), submission, request.facts())).orElse(null);
    if (job == null) {
      words.refused(Fault.SUBMIT_429).send(ctx.response());
    } else if (fault == Fault.SUBMIT_CUT) {
      ctx.request().connection().close();
    } else if (fault != Fault.SUBMIT_HANG) {
      accepted.accept(job);
    }
  }

  /** Lets a fault of the status strike; true where it has answered in place of the provider. */
  boolean faulty(RoutingContext ctx, SandboxJob job) {
    Fault fault = bench.jobs().strike(job, Fault.Stage.STATUS).orElse(null);
    if (fault == Fault.STATUS_CUT_ONCE) {
      ctx.request().connection().close();
    } else if (fault != null) {
      words.refused(Fault.SUBMIT_500).send(ctx.response());
    }
    return fault != null;
  }

  /** A page where the result should be, where a fault wants it. */
  Optional<Reply> garbage(SandboxJob job) {
    return bench.jobs().strike(job, Fault.Stage.RESULT).map(fault -> new Reply(200, Map.of("Content-Type", "text/html"),
        Buffer.buffer("<html><body>Oops</body></html>")));
  }
}
