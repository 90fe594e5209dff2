package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;

/** What HTTP statuses mean where a provider tells no more. */
public final class Refusal {
  private Refusal() {
  }

  /** The usual meaning of a status outside 200 to 299; {@code detail} is the provider's own text. */
  public static Step.Failed byStatus(Reply reply, String detail) {
    int status = reply.status();
    return switch (status) {
      case 400, 404, 405, 409, 410, 413, 415, 422 -> failed(Code.INVALID_INPUT, false, reply, detail);
      case 401, 403 -> failed(Code.PROVIDER_AUTH, false, reply, detail);
      case 402 -> failed(Code.PROVIDER_QUOTA, false, reply, detail);
      case 408, 504 -> failed(Code.PROVIDER_TIMEOUT, true, reply, detail);
      case 429 -> failed(Code.PROVIDER_RATE_LIMITED, true, reply, detail);
      default -> failed(status >= 500 ? Code.PROVIDER_UNAVAILABLE : Code.PROVIDER_FAILED, status >= 500, reply, detail);
    };
  }

  /** A failure that the provider takes no money for. */
  public static Step.Failed failed(Code code, boolean retryable, Reply reply, String detail) {
    return new Step.Failed(code, "the provider answered " + reply.status() + ": " + detail, retryable, reply.status(), Charged.NO);
  }
}
