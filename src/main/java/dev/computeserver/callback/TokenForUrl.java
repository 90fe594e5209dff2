package dev.computeserver.callback;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;

/**
 * A JSON Web Token (RS256) in a header, made for the URL that is called and for a while. It says who calls, not what the body
 * is. One for another audience proves nothing here, and neither is it known to be wrong: providers do not say what they put there.
 *
 * @param header the token's
 * @param source the provider's public keys
 */
public record TokenForUrl(String header, Source.Published source) implements Scheme {
  private static final Duration TOLERANCE = Duration.ofSeconds(60);

  @Override
  public Verdict judge(Signed callback, Keys keys, Instant now) {
    String token = callback.header(header);
    String[] parts = token == null ? new String[0] : token.split("\\.", -1);
    if (parts.length != 3) {
      return Verdict.FORGED;
    }
    try {
      JsonObject head = json(parts[0]);
      byte[] message = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
      boolean made = "RS256".equals(head.getString("alg"))
          && keys.signed("SHA256withRSA", head.getString("kid"), message, Base64.getUrlDecoder().decode(parts[2]));
      JsonObject claims = json(parts[1]);
      Long until = claims.getLong("exp");
      if (!made || until == null || Instant.ofEpochSecond(until).plus(TOLERANCE).isBefore(now)) {
        return Verdict.FORGED;
      }
      return audience(claims).stream().anyMatch(each -> each instanceof String url && url.endsWith(callback.path())) ? Verdict.GENUINE
          : Verdict.UNKNOWN;
    } catch (RuntimeException noToken) {
      return Verdict.FORGED;
    }
  }

  private static List<?> audience(JsonObject claims) {
    Object audience = claims.getValue("aud");
    return audience instanceof JsonArray many ? many.getList() : audience == null ? List.of() : List.of(audience);
  }

  private static JsonObject json(String base64) {
    return new JsonObject(Buffer.buffer(Base64.getUrlDecoder().decode(base64)));
  }
}
