package dev.computeserver.provider;

import dev.computeserver.task.Task;
import dev.computeserver.task.TaskError.Code;
import java.util.Set;
import java.util.regex.Pattern;

/** A provider that does not know or no longer has the model: that is the client's fault only where it has chosen the model. */
final class GoneModel {
  private static final Set<Integer> UNKNOWN = Set.of(404, 410);
  private static final Set<Integer> WRONG = Set.of(400, 422);
  private static final Pattern MODEL = Pattern.compile("(?i)\\b(models?|application|endpoint|engine)\\b|model_");
  private static final Pattern GONE = Pattern.compile("(?i)\\bmodels?\\b.{0,120}(does not exist|not found|no longer|not available|deprecated|retired|decommissioned|been removed|shut down)"
      + "|model_?(not_?found|decommissioned|deprecated)");
  /** What of an input may be unknown to a provider. */
  private static final Pattern INPUT = Pattern.compile("(?i)\\b(voice|file|image|video|audio|asset|upload|url|style|dictionary)");

  private GoneModel() {
  }

  /** The refusal, or in its place that the provider is at fault, so that another one may take the task. */
  static Step.Failed of(Step.Failed refused, Task task) {
    boolean ours = !task.state().model().equals(task.request().model());
    if (!ours || refused.code() != Code.INVALID_INPUT || !isGone(refused)) {
      return refused;
    }
    String advice = "; correct the models of " + task.state().providerWord() + " in conf/providers.yaml: it has not " + task.state().model();
    return new Step.Failed(Code.PROVIDER_FAILED, refused.message() + advice, false, refused.httpStatus(), refused.charged());
  }

  private static boolean isGone(Step.Failed refused) {
    String message = refused.message();
    return UNKNOWN.contains(refused.httpStatus()) && (MODEL.matcher(message).find() || !INPUT.matcher(message).find())
        || WRONG.contains(refused.httpStatus()) && GONE.matcher(message).find();
  }
}
