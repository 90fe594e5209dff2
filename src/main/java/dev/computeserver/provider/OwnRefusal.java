package dev.computeserver.provider;

import dev.computeserver.task.TaskError.Code;
import java.util.regex.Pattern;

/**
 * Tells a refusal of what one task wants, such as a model that the key may not use, from one of the account, for which all others wait. Where
 * it is mistaken, a task is refused that could have waited, at no cost.
 */
final class OwnRefusal {
  private static final Pattern WANTED = Pattern.compile("\\b(models?|files?|voices?|applications?|deployments?|tier)\\b", Pattern.CASE_INSENSITIVE);

  private OwnRefusal() {
  }

  /** @param model that the task was submitted to */
  static boolean is(Step.Failed refused, String model) {
    Integer status = refused.httpStatus();
    // A job that has failed tells it with a good status, or without one.
    boolean mayBe = status == null || status < 300 ? refused.code() == Code.PROVIDER_AUTH : status == 403 || status == 429;
    return mayBe && Gate.isAboutAccount(refused.code())
        && (WANTED.matcher(refused.message()).find() || model != null && refused.message().contains(model));
  }
}
