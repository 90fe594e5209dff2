package dev.computeserver;

import dev.computeserver.config.Settings;
import dev.computeserver.delivery.WebhookSecrets;

/** What a person reads when the server has started. */
record Welcome(Settings settings, Node node) {

  String text() {
    if (node.port() == 0) {
      return "The node is up; it serves no HTTP. Roles: " + settings.node().roles();
    }
    String host = settings.http().host().equals("0.0.0.0") ? "127.0.0.1" : settings.http().host();
    String origin = "http://" + host + ":" + node.port();
    StringBuilder text = new StringBuilder("\nThe compute server is up.\n");
    text.append("  page  ").append(origin).append("/\n");
    text.append("  API   ").append(origin).append("/v1\n");
    text.append("  data  ").append(settings.dataDir().toAbsolutePath()).append('\n');
    if (settings.webhooks().secrets().isEmpty()) {
      text.append("  Webhooks are signed with the secret in ").append(WebhookSecrets.FILE).append(" there.\n");
    }
    if (node.usesSandbox()) {
      boolean real = settings.providers().keySet().stream().anyMatch(settings::configured);
      text.append("  Providers without a key are played by the sandbox").append(real ? ", where a task names them" : "")
          .append(": results are made here, nothing is paid.\n");
    }
    if (settings.cluster().enabled() && (settings.postgres().uri().isEmpty() || settings.redis().uri().isEmpty())) {
      text.append("  Nodes on this machine join with the same data_dir and another COMPUTE_HTTP_PORT; those on other machines need\n"
          + "  COMPUTE_POSTGRES_URI and COMPUTE_REDIS_URI of servers that all can reach.\n");
    }
    text.append(ComputeServer.listensOnLoopback(settings)
        ? "  No API keys are configured, so it listens on this machine only.\n"
        : "  WARNING: no API keys are configured, and whoever reaches " + settings.http().host() + " may use it.\n");
    text.append("Try:\n  curl -s '").append(origin).append("/v1/tasks' -H 'Content-Type: application/json' "
        + "-d '{\"capability\":\"image_generation\",\"input\":{\"prompt\":\"a red fox in snow\"}}'\n");
    return text.toString();
  }
}
