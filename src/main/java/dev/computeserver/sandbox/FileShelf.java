package dev.computeserver.sandbox;

import dev.computeserver.catalog.ProviderType;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The files that were made, served below {@code /files}. 256 MiB are kept, or an eighth of the heap, least used first out; a job's
 * file that left is made again, an uploaded one is gone.
 */
final class FileShelf {

  private static final long MAX_BYTES = Math.min(256L << 20, Runtime.getRuntime().maxMemory() / 8);
  private static final String UPLOAD = "uploads/";

  private final Shop shop;
  private final SandboxJobs jobs;
  private final WorkerExecutor worker;
  private final Map<ProviderType, ProviderSide> sides;
  private final Map<String, Made> kept = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<String, Future<Made>> underWay = new HashMap<>();
  private long bytes;

  FileShelf(Shop shop, SandboxJobs jobs, WorkerExecutor worker, Map<ProviderType, ProviderSide> sides) {
    this.shop = shop;
    this.jobs = jobs;
    this.worker = worker;
    this.sides = sides;
  }

  /** The path of a job's file below the sandbox's origin. */
  static String path(SandboxJob job, int index, Made made) {
    return "/files/" + job.id() + "/" + index + "." + made.ending();
  }

  static String uploadPath(String id) {
    return "/files/" + UPLOAD + id;
  }

  /** A job's file, made where it is not at hand; fails as {@link Shop#make} does. */
  Future<Made> get(SandboxJob job, int index) {
    String key = job.id() + "/" + index;
    Made made = kept.get(key);
    if (made != null) {
      return Future.succeededFuture(made);
    }
    Future<Made> running = underWay.get(key);
    if (running != null) {
      return running;
    }
    Future<Made> making = shop.make(() ->
        Workbench.read(worker, job, input -> sides.get(job.provider()).orders(job, input).get(index)));
    underWay.put(key, making);
    return making.onComplete(done -> {
      underWay.remove(key);
      if (done.succeeded()) {
        keep(key, done.result());
      }
    });
  }

  void upload(String id, Buffer file, String contentType) {
    keep(UPLOAD + id, new Made(file.getBytes(), contentType, 0, 0, 0));
  }

  void mount(Router router) {
    router.get("/files/uploads/:id").handler(ctx -> Optional.ofNullable(kept.get(UPLOAD + ctx.pathParam("id")))
        .ifPresentOrElse(made -> send(ctx.response(), made, null), () -> ctx.response().setStatusCode(404).end()));
    router.get("/files/:job/:name").handler(this::serve);
  }

  private void serve(RoutingContext ctx) {
    SandboxJob job = jobs.find(ctx.pathParam("job")).filter(found -> found.over(jobs.now())).orElse(null);
    String number = ctx.pathParam("name").replaceFirst("\\..*", "");
    Fault fault = job == null ? null : jobs.strike(job, Fault.Stage.FILE).orElse(null);
    if (job == null || fault == Fault.FILE_404 || !number.matches("\\d{1,3}")) {
      ctx.response().setStatusCode(404).end();
      return;
    }
    get(job, Integer.parseInt(number))
        .onSuccess(made -> send(ctx.response(), made, fault))
        .onFailure(e -> ctx.response().setStatusCode(e instanceof Unusable ? 404 : 503).end());
  }

  private static void send(HttpServerResponse response, Made made, Fault fault) {
    Buffer file = Buffer.buffer(made.bytes());
    response.putHeader("Content-Type", made.contentType()).putHeader("Content-Length", "" + file.length());
    if (fault == Fault.FILE_CUT) {
      response.write(file.slice(0, file.length() / 2)).onComplete(sent -> response.reset());
    } else {
      response.end(file);
    }
  }

  private void keep(String key, Made made) {
    Made before = kept.put(key, made);
    bytes += made.bytes().length - (before == null ? 0 : before.bytes().length);
    var eldest = kept.entrySet().iterator();
    while (bytes > MAX_BYTES && eldest.hasNext()) {
      bytes -= eldest.next().getValue().bytes().length;
      eldest.remove();
    }
  }
}
