package dev.computeserver.fuzz;

import static dev.computeserver.fuzz.Change.object;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** Callbacks that no provider has signed: none is believed, and none makes the server fail. */
final class Callbacks implements Kind {
  private static final List<String> PROVIDERS = List.of("fal_standard", "replicate", "openai", "google", "elevenlabs", "runway", "luma", "black_forest_labs", "anthropic", "nobody", "%00");
  private static final List<String> TASKS = List.of("01a205d0-e654-7000-89a6-bcc72785beac", "x", "", "..", "%2e%2e", "01a205d0e654700089a6bcc72785beac");
  private static final List<String> TOKENS = List.of("x", "", "a".repeat(5_000), "1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "%ff", "0");
  private static final List<String> SIGNATURES = List.of("webhook-id: a\r\nwebhook-timestamp: 1\r\nwebhook-signature: v1,AAAA", "webhook-timestamp: 99999999999999999999",
      "X-Fal-Webhook-Signature: 00\r\nX-Fal-Webhook-Timestamp: x\r\nX-Fal-Webhook-Request-Id: a\r\nX-Fal-Webhook-User-Id: b", "ElevenLabs-Signature: t=1,v0=00",
      "X-Fal-Webhook-Signature: zz", "webhook-signature: v1," + "A".repeat(9_000), "Authorization: Bearer x");

  private final int port;

  Callbacks(int port) {
    this.port = port;
  }

  @Override
  public String name() {
    return "callbacks";
  }

  @Override
  public List<String> run(List<Case> cases) {
    return Kind.sideBySide(cases, this::complaint);
  }

  private String complaint(Case each) {
    Random random = each.random();
    byte[] body = Change.apply(object("request_id", "x", "id", "evt_1", "type", "response.completed", "status", "OK", "data", object("id", "resp_1"),
        "payload", object("images", List.of())), each.changes());
    String path = "/v1/provider-callbacks/" + of(PROVIDERS, random) + (random.nextInt(4) == 0 ? "" : "/" + of(TASKS, random) + "/" + of(TOKENS, random));
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + of(SIGNATURES, random)
        + "\r\nContent-Length: " + body.length + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
    request.writeBytes(body);
    RawAnswer answer = RawAnswer.to(port, request.toByteArray());
    return answer.status() >= 400 && answer.status() < 500 ? null : path + " was answered with " + answer.status() + ": " + answer.text();
  }

  private static String of(List<String> all, Random random) {
    return all.get(random.nextInt(all.size()));
  }
}
