package dev.computeserver.api;

import dev.computeserver.media.OutputStore;
import dev.computeserver.task.Output;
import dev.computeserver.task.TaskQueries;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files of tasks, whole or in part (RFC 9110), streamed from the store. */
final class OutputRoutes {
  private static final Pattern RANGE = Pattern.compile("(?i)bytes=(\\d{0,18})-(\\d{0,18})");

  private final TaskQueries queries;
  private final OutputStore store;

  OutputRoutes(TaskQueries queries, OutputStore store) {
    this.queries = queries;
    this.store = store;
  }

  void mount(Router router) {
    router.route("/v1/tasks/:id/outputs/:n").method(HttpMethod.GET).method(HttpMethod.HEAD).handler(this::send);
  }

  private void send(RoutingContext context) {
    UUID id = TaskRoutes.id(context);
    String n = context.pathParam("n");
    queries.find(id).map(found -> found.filter(task -> task.tenant().equals(TaskRoutes.TENANT))
        .flatMap(task -> task.outputs().stream().filter(output -> String.valueOf(output.index()).equals(n)).findFirst())
        .orElseThrow(() -> Problem.notFound("there is no output " + n + " of a task " + id)))
        .compose(output -> send(context, output))
        .onFailure(failure -> Answers.failure(context, failure));
  }

  private Future<Void> send(RoutingContext context, Output output) {
    String tag = "\"" + output.sha256() + "\"";
    HttpServerResponse response = context.response()
        .putHeader("ETag", tag)
        .putHeader("Accept-Ranges", "bytes")
        .putHeader("Cache-Control", "private, max-age=31536000, immutable")
        .putHeader("X-Content-Type-Options", "nosniff")
        // A page that a provider made must not act as a page of ours.
        .putHeader("Content-Security-Policy", "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'")
        .putHeader("Content-Type", output.contentType());
    if (names(context, "If-None-Match", tag)) {
      return response.setStatusCode(304).end();
    }
    Part part = part(context, output, tag);
    if (part == null) {
      response.putHeader("Content-Range", "bytes */" + output.bytes()).putHeader("Cache-Control", "no-store");
      return Future.failedFuture(Problem.of(416, "Range not satisfiable", "the file has " + output.bytes() + " bytes"));
    }
    if (part.asked) {
      response.setStatusCode(206).putHeader("Content-Range", "bytes " + part.from + "-" + (part.from + part.length - 1) + "/" + output.bytes());
    }
    response.putHeader("Content-Length", String.valueOf(part.length));
    if (context.request().method() == HttpMethod.HEAD || part.length == 0) {
      return response.end();
    }
    return store.read(output.key(), part.from, part.length)
        .recover(gone -> Future.failedFuture(Problem.of(410, "Gone", "the file of this output is not in this node's store any more; it was"
            + " removed, or data_dir/outputs is not shared by all nodes")))
        // Neither the end of a file nor that of a pipe closes it; and where a pipe fails, only a cut tells that the rest is missing.
        .compose(file -> file.stream().pipe().endOnFailure(false).to(response).eventually(file.close()))
        .onFailure(failure -> List.of("Content-Length", "Content-Range", "ETag", "Cache-Control").forEach(response.headers()::remove));
  }

  private static boolean names(RoutingContext context, String header, String tag) {
    return context.request().headers().getAll(header).stream().flatMap(line -> Stream.of(line.split(",")))
        .map(each -> each.trim().replaceFirst("^W/", "")).anyMatch(each -> each.equals("*") || each.equals(tag));
  }

  private static Part part(RoutingContext context, Output output, String tag) {
    Part whole = new Part(0, output.bytes(), false);
    // RFC 9110, 14.2: of a GET only.
    String range = context.request().method() == HttpMethod.GET ? context.request().getHeader("Range") : null;
    String condition = context.request().getHeader("If-Range");
    Matcher asked = range == null ? null : RANGE.matcher(range.trim());
    // Several ranges, other units and outdated copies get the whole file, which is always a right answer.
    if (asked == null || !asked.matches() || condition != null && !condition.equals(tag)) {
      return whole;
    }
    String first = asked.group(1);
    String last = asked.group(2);
    if (first.isEmpty() && last.isEmpty()) {
      return whole;
    }
    if (first.isEmpty()) {
      long length = Math.min(Long.parseLong(last), output.bytes());
      return length == 0 ? null : new Part(output.bytes() - length, length, true);
    }
    long from = Long.parseLong(first);
    long to = last.isEmpty() ? output.bytes() - 1 : Math.min(Long.parseLong(last), output.bytes() - 1);
    if (!last.isEmpty() && Long.parseLong(last) < from) {
      return whole;
    }
    return from >= output.bytes() ? null : new Part(from, to - from + 1, true);
  }

  /** {@code asked} for as a range, which players want to see answered as one even where it is the whole file. */
  private record Part(long from, long length, boolean asked) {
  }
}
