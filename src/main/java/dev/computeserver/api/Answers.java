package dev.computeserver.api;

import dev.computeserver.async.ByteBudget;
import dev.computeserver.db.Faults;
import dev.computeserver.inbound.Bodies;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.StreamResetException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import java.io.IOException;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes answers, and turns whatever went wrong into a problem. */
final class Answers {
  private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

  private Answers() {
  }

  static void json(RoutingContext context, int status, JsonObject body) {
    if (context.response().ended() || context.response().closed()) {
      done(context);
    } else {
      context.response().setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
      end(context, body);
    }
  }

  private static void end(RoutingContext context, JsonObject body) {
    Outgoing.encoded(context, body).compose(bytes -> Outgoing.end(context, bytes)).onComplete(sent -> done(context), unsent -> {
      if (unsent instanceof Problem) {
        failure(context, unsent);
      } else {
        done(context);
      }
    });
  }

  /** An answer that is all in its headers. */
  static void empty(RoutingContext context) {
    context.response().setStatusCode(204).end().onComplete(sent -> done(context));
  }

  private static void done(RoutingContext context) {
    Outgoing.letGo(context);
    Bodies.done(context);
  }

  static void failure(RoutingContext context, Throwable cause) {
    HttpServerResponse response = context.response();
    String serving = context.request().method() + " " + context.request().path();
    if (response.ended() || response.closed() || response.headWritten() && cause instanceof IOException) {
      LOG.debug("{} was given up by who asked: {}", serving, cause == null ? "gone" : cause.getMessage());
      if (!response.ended()) {
        response.reset();
      }
      done(context);
      return;
    }
    Problem problem = cause == null ? byStatus(context.statusCode()) : problem(cause, serving);
    if (response.headWritten()) {
      // Too late for another status: only a cut tells the client that the answer is not whole.
      response.reset();
      done(context);
      return;
    }
    if (problem.retryAfter() != null) {
      response.putHeader(HttpHeaders.RETRY_AFTER, String.valueOf(problem.retryAfter()));
    }
    response.setStatusCode(problem.status()).putHeader(HttpHeaders.CONTENT_TYPE, "application/problem+json");
    end(context, problem.toJson());
  }

  /** What to tell the client; {@code serving} says in the log what was asked. */
  static Problem problem(Throwable cause, String serving) {
    if (cause instanceof Problem problem) {
      return problem;
    }
    if (cause instanceof HttpException http) {
      return byStatus(http.getStatusCode());
    }
    if (cause instanceof ReplyException late && late.failureType() == ReplyFailure.TIMEOUT) {
      return Problem.unavailable("the router has not answered in time; send the request again");
    }
    if (cause instanceof ReplyException reply && reply.failureType() != ReplyFailure.RECIPIENT_FAILURE) {
      return Problem.unavailable("no router answers; start a node with the router role, or send the request again");
    }
    if (cause instanceof ReplyException bug) {
      return Problem.of(500, "Internal error", bug.getMessage());
    }
    if (cause instanceof HttpClosedException || cause instanceof StreamResetException) {
      LOG.debug("{} was broken off by the client: {}", serving, cause.getMessage());
      return byStatus(400);
    }
    if (cause instanceof ByteBudget.Exhausted) {
      return Problem.unavailable("there is no memory for this answer now; ask again later");
    }
    if (Faults.isOutage(cause)) {
      // The way to the database warns of an outage; a line for each request would bury that.
      LOG.debug("{} could not be served: {}", serving, cause.getMessage());
      return Problem.unavailable(Faults.told(cause));
    }
    String incident = UUID.randomUUID().toString();
    LOG.error("Incident {} while serving {}", incident, serving, cause);
    return Problem.of(500, "Internal error", "the server made a mistake; report incident " + incident);
  }

  static Problem byStatus(int status) {
    return switch (status) {
      case 400 -> Problem.of(400, "Bad request", "the request line, a header or the path is malformed");
      case 404 -> Problem.notFound("there is nothing at this path; the API begins at /v1");
      case 405 -> Problem.of(405, "Method not allowed", "the path exists, but not for this method; see the header Allow");
      case 415 -> Problem.of(415, "Unsupported media type", "send Content-Type: application/json");
      default -> Problem.of(status, "Request failed", "the request could not be served");
    };
  }
}
