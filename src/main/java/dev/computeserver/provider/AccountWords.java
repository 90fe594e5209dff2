package dev.computeserver.provider;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import java.util.Set;
import java.util.regex.Pattern;

/** The words with which providers say that an account has nothing left to pay with; the status tells it seldom. */
final class AccountWords {
  private static final String MONEY = "(?:credits?|balance|funds?|quota|budget)\\b";
  private static final Pattern EMPTY = Pattern.compile("(?i)insufficient[ _-]?(?:\\w+[ _-])?" + MONEY + "|\\b(?:enough|sufficient) (?:\\w+ )?" + MONEY
      + "|\\b(?:no|no more|out of|0) (?:\\w+ )?(?:credits?|funds?|balance)\\b|\\bexhausted (?:\\w+ )?" + MONEY
      + "|" + MONEY.replace("\\b", "") + "[ _-](?:\\w+ ){0,2}(?:too low|exhausted|depleted|used up|insufficient|negative|exceeded)\\b"
      + "|exceed(?:ed|s) (?:\\w+ ){0,2}(?:quota\\b|(?:\\w+ )?credits\\b)|monthly included credits|(?:spend|spending|billing|usage)[ _-](?:hard[ _-])?limits?\\b"
      + "|payment[ _-](?:issue|required)|(?:incomplete|overdue|failed) payment|past due|\\b(?:add|buy|purchase) (?:more )?credits|\\btop up\\b"
      + "|requires billing|billing (?:is|was|has been)? ?(?:not|disabled)");
  /** What tells a limit that is over by itself. */
  private static final Pattern PASSING = Pattern.compile("(?i)\\bper[ _-]?(?:second|min|hour|day)|rate[ _-]?limit|concurren|throttl");
  private static final Pattern LIMITED = Pattern.compile("(?i)\\brate[ _-]?limit|too[ _-]many[ _-](?:concurrent[ _-])?(?:requests|jobs|tasks|generations)|throttled"
      + "|\\bconcurren\\w+[ _-](?:\\w+[ _-])?limit");
  private static final Set<Integer> STATUSES = Set.of(400, 401, 403, 412, 422, 429);

  private AccountWords() {
  }

  /** Whether a refusal, of whatever kind by its status, is for want of money. */
  static boolean refuse(Reply reply) {
    String words = STATUSES.contains(reply.status()) ? ErrorWords.of(reply) : "";
    return tellEmpty(words) && !(reply.status() == 429 && PASSING.matcher(words).find());
  }

  /**
   * The failure of a job as one of the account where the provider's words, {@code told}, say so. Such a job has not begun, so that it is not
   * charged unless the provider says that it is.
   */
  static Step.Failed ofJob(Step.Failed failed, String told) {
    String words = ErrorWords.in(told);
    boolean open = failed.code() == Code.PROVIDER_FAILED || failed.code() == Code.PROVIDER_UNAVAILABLE;
    Code code = !open ? failed.code() : LIMITED.matcher(words).find() ? Code.PROVIDER_RATE_LIMITED
        : tellEmpty(words) ? Code.PROVIDER_QUOTA : failed.code();
    return !Gate.concernsAll(code) ? failed : new Step.Failed(code, failed.message(), code == Code.PROVIDER_RATE_LIMITED, failed.httpStatus(),
        failed.charged() == Charged.YES ? Charged.YES : Charged.NO);
  }

  static boolean tellEmpty(String words) {
    return EMPTY.matcher(words).find();
  }
}
