package dev.computeserver.sandbox;

import dev.computeserver.sandbox.Fields.Flaw;
import dev.computeserver.sandbox.SandboxJob.Ticket;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/** Takes the requests of a provider strictly as its API says, and answers them with their result where it does so at once. */
final class FrontDesk {

  /** How a provider says that something is wrong. */
  interface Words {

    /** The answer to a submission or a job that a fault breaks. */
    Reply broken(Fault fault);

    /** The answer to a field that is missing, unknown or of a wrong value. */
    Reply flawed(Flaw flaw);

    /** The answer to a body that cannot be read. */
    Reply unreadable(String why);

    /** The answer to an input that nothing can be made from. */
    Reply unusable(Unusable e, SandboxJob job);
  }

  private final Workbench bench;
  private final ProviderSide side;
  private final Words words;

  FrontDesk(Workbench bench, ProviderSide side, Words words) {
    this.bench = bench;
    this.side = side;
    this.words = words;
  }

  /** Reads a JSON body with these fields, or answers what is wrong with it. */
  void json(RoutingContext ctx, Fields fields, Consumer<Submission> next) {
    Buffer body = ctx.body().buffer();
    take(ctx, bench.submission(body == null ? Buffer.buffer() : body), asked -> fields.check(new JsonObject(Buffer.buffer(asked.bytes()))), next);
  }

  /** Reads a multipart body with these fields, or answers what is wrong with it. */
  void form(RoutingContext ctx, Fields fields, Consumer<Submission> next) {
    Form form = Form.of(ctx);
    if (form == null) {
      words.unreadable("the body must be multipart/form-data").send(ctx.response());
      return;
    }
    Future<Submission> read = bench.worker().executeBlocking(() -> Submission.read(form.asJson()), false);
    take(ctx, read, asked -> fields.check(form), next);
  }

  private void take(RoutingContext ctx, Future<Submission> read, Function<Submission, Optional<Flaw>> check,
                    Consumer<Submission> next) {
    read.onSuccess(asked -> check.apply(asked)
            .ifPresentOrElse(flaw -> words.flawed(flaw).send(ctx.response()), () -> next.accept(asked)))
        .onFailure(e -> (e instanceof Wish.BadWish bad ? words.unreadable("sandbox " + bad.field() + " " + bad.getMessage())
            : words.unreadable("the body must be a JSON object")).send(ctx.response()));
  }

  /** Books a job with an id of the provider's looks; empty where it was refused, answered or lost by a fault. */
  Optional<SandboxJob> book(RoutingContext ctx, String id, String model, Submission asked) {
    Fault fault = bench.faults().strike(asked.wish(), Fault.Stage.SUBMIT, side.provider().word() + "/" + asked.hash()).orElse(null);
    if (fault != null && fault != Fault.SUBMIT_CUT && fault != Fault.SUBMIT_HANG) {
      words.broken(fault).send(ctx.response());
      return Optional.empty();
    }
    Optional<SandboxJob> job = bench.jobs().accept(new Ticket(id, side.provider(), model, asked, Map.of()));
    if (job.isEmpty()) {
      words.broken(Fault.SUBMIT_429).send(ctx.response());
    } else if (fault == Fault.SUBMIT_CUT) {
      ctx.request().connection().close();
    }
    return fault == null ? job : Optional.empty();
  }

  /**
   * Answers with the result once the job is over.
   *
   * @param model what the side's {@code orders} know the work by
   */
  void serve(RoutingContext ctx, String model, Submission asked, BiFunction<SandboxJob, List<Made>, Reply> answer) {
    book(ctx, UUID.randomUUID().toString(), model, asked).ifPresent(job -> bench.ended(job)
        .compose(over -> result(job, answer)).otherwise(e -> words.broken(Fault.SUBMIT_503))
        .onSuccess(reply -> reply.send(ctx.response())));
  }

  /** What a job that is over has come to. */
  Future<Reply> result(SandboxJob job, BiFunction<SandboxJob, List<Made>, Reply> answer) {
    Fault fault = job.fault();
    if (fault == Fault.FAILS || fault == Fault.REFUSED || fault == Fault.INVALID) {
      return Future.succeededFuture(words.broken(fault));
    }
    if (bench.jobs().strike(job, Fault.Stage.RESULT).isPresent()) {
      return Future.succeededFuture(new Reply(200, Map.of("Content-Type", "text/html"), Buffer.buffer("<html><body>Oops</body></html>")));
    }
    return made(job).map(files -> answer.apply(job, files))
        .recover(e -> e instanceof Unusable bad ? Future.succeededFuture(words.unusable(bad, job)) : Future.failedFuture(e));
  }

  /** All that is made for a job. */
  Future<List<Made>> made(SandboxJob job) {
    return bench.read(job, input -> side.orders(job, input).size()).compose(count -> {
      List<Future<Made>> files = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        files.add(bench.files().get(job, i));
      }
      return Future.all(files).map(all -> all.list());
    });
  }
}
