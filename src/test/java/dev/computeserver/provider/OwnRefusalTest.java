package dev.computeserver.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.computeserver.task.AttemptRecord.Charged;
import dev.computeserver.task.TaskError.Code;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnRefusalTest {
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "403|PROVIDER_AUTH|Project `p` does not have access to model `secret`|true", "403|PROVIDER_AUTH|You do not have permission to run this model (private)|true",
      "403|PROVIDER_AUTH|Access to a/secret is restricted|true", "403|PROVIDER_AUTH|Application is private|true", "403|PROVIDER_AUTH|not available in your tier|true",
      "403|PROVIDER_AUTH|You do not have permission to access the File abc|true", "429|PROVIDER_QUOTA|of this model: You exceeded your current quota|true",
      "403|PROVIDER_AUTH|Forbidden|false", "401|PROVIDER_AUTH|Incorrect API key for any model|false", "402|PROVIDER_QUOTA|no credits for this model|false",
      "429|PROVIDER_RATE_LIMITED|too many requests for this model|false", "429|PROVIDER_QUOTA|You exceeded your current quota|false"})
  void isToldByItsWords(int status, Code code, String message, boolean own) {
    assertEquals(own, OwnRefusal.is(new Step.Failed(code, message, false, status, Charged.NO), "a/secret"));
  }
}
