package dev.computeserver.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.catalog.ProviderType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InvalidSettingsTest {
  @TempDir Path folder;

  @Test
  void reportsEveryFaultAtOnceWithItsOriginAndANextStep() throws IOException {
    write("compute.yaml", "http:\n  prot: 1\n  instances: lots\nnode: {queues: [nowhere]}\ntasks: 5\n");
    write("providers.yaml", "providers:\n  nobody: {}\n  replicate: {base_url: nowhere, models: {image_generation: []}}\n");

    InvalidSettings refused = refused(Map.of("COMPUTE_HTTP_PORT", "99999", "COMPUTE_OUTPUTS_FSYNC", "maybe",
        "COMPUTE_NODE_HEARTBEAT_SECONDS", "30", "COMPUTE_NODE_ROLES", "api,cook"));

    String file = folder.resolve("compute.yaml").toString();
    assertEquals(List.of("http.instances", "http.port", "http.prot", "node.queues", "node.roles.1",
        "node.takeover_seconds", "outputs.fsync", "providers.nobody", "providers.replicate.base_url",
        "providers.replicate.models.image_generation", "tasks"),
        refused.faults().stream().map(Fault::path).sorted().toList());
    assertLine(refused, "- http.port (from COMPUTE_HTTP_PORT): is \"99999\", must be a whole number from 0 to 65535. "
        + "Next: correct or unset COMPUTE_HTTP_PORT.");
    assertLine(refused, "- outputs.fsync (from COMPUTE_OUTPUTS_FSYNC): is \"maybe\", must be true or false. "
        + "Next: correct or unset COMPUTE_OUTPUTS_FSYNC.");
    assertLine(refused, "- http.instances (from " + file + "): is \"lots\", must be a whole number from 1 to 64. "
        + "Next: correct it in " + file + " or set COMPUTE_HTTP_INSTANCES.");
    assertLine(refused, "- http.prot (from " + file + "): is no setting. "
        + "Next: did you mean port? Known here: host, hosts, port, max_body_bytes, instances, max_connections.");
    String queues = refused.getMessage().lines().filter(line -> line.startsWith("- node.queues (from " + file + "): ")).findFirst().orElseThrow();
    assertTrue(queues.contains("names the queue nowhere, which does not exist, must be of ") && queues.contains("fal_queue"), queues);
    assertTrue(queues.endsWith("Next: name one of these or add it below queues."), queues);
    assertLine(refused, "- node.takeover_seconds (from the packaged compute.yaml): is 10, must be 61 or more while "
        + "node.heartbeat_seconds is 30. Next: raise it or lower node.heartbeat_seconds.");
    assertTrue(refused.getMessage().startsWith("11 wrong settings:\n"), refused.getMessage());
  }

  @Test
  void anEmptyUrlIsAFaultWhereTheProviderNeedsOne() {
    InvalidSettings refused = refused(Map.of("COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL", ""));
    assertEquals(List.of("providers.fal_standard.base_url"), refused.faults().stream().map(Fault::path).toList());
  }

  @Test
  void aSigningSecretThatIsNoBase64IsAFault() {
    for (String secret : List.of("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwa", "MfKQ9r8GKYqrTwjUPD8ILPZIo2La-aSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2La_aSw")) {
      InvalidSettings refused = refused(Map.of("COMPUTE_WEBHOOKS_SECRETS", "whsec_" + secret));
      assertEquals(List.of("webhooks.secrets.0"), refused.faults().stream().map(Fault::path).toList());
      assertFalse(refused.getMessage().contains(secret), "the secret is shown");
    }
  }

  @Test
  void aPriceThatIsNoneIsAFault() {
    for (String price : List.of("fal-ai/flux/dev", "=0.1", "m=cheap", "m=-1", "m=0,5")) {
      assertFalse(refused(Map.of("COMPUTE_PROVIDERS_FAL_STANDARD_PRICES", price)).faults().isEmpty(), price);
    }
  }

  @Test
  void aKeyThatFitsNoHeaderIsAFaultBesideAllOthersAndIsNotShown() throws IOException {
    for (String odd : List.of("hid\nden", "hid\r\nden", "hid\0den", "hid\tden", "hidd\u00e9n", "hidden\u200b", "\u201chidden\u201d", "hid\u007fden")) {
      InvalidSettings refused = refused(Map.of("FAL_KEY", odd, "COMPUTE_PROVIDERS_OPENAI_API_KEY", odd, "COMPUTE_HTTP_PORT", "x"));
      assertEquals(List.of("http.port", "providers.fal_standard.api_key", "providers.openai.api_key"),
          refused.faults().stream().map(Fault::path).sorted().toList());
      assertLine(refused, "- providers.fal_standard.api_key (from the variable FAL_KEY): holds a line break, a control character or one beyond ASCII, "
          + "which no header can carry. Next: copy the key again and set it in the variable FAL_KEY.");
      assertFalse(refused.getMessage().contains("hid"), refused.getMessage());
    }
    write("providers.yaml", "providers: {replicate: {api_key: \"hid\\u00e9den\"}}");
    assertEquals(List.of("providers.replicate.api_key"), refused(Map.of()).faults().stream().map(Fault::path).toList());
    write("providers.yaml", "providers:\n  replicate:\n    api_key: |\n      a key\n");
    assertEquals("a key", Settings.load(folder, Map.of()).providers().get(ProviderType.REPLICATE).apiKey().reveal());
  }

  @Test
  void neverShowsASecretValueInAFault() throws IOException {
    write("providers.yaml", "providers: {fal_standard: {api_key: [hidden], base_url: 'https://u:hidden@h'}}");

    InvalidSettings refused = refused(Map.of("COMPUTE_POSTGRES_URI", "mysql://u:hidden@db/x", "COMPUTE_REDIS_URI",
        "hidden", "COMPUTE_WEBHOOKS_SECRETS", "whsec_hidden,hidden"));

    assertEquals(6, refused.faults().size(), refused.getMessage());
    assertFalse(refused.getMessage().contains("hidden"), refused.getMessage());
  }

  @Test
  void namesFileLineAndColumnOfUnreadableYamlButNotTheLine() throws IOException {
    write("compute.yaml", "http:\n  port: 8080\n hidden: [\n");
    write("providers.yaml", "providers:\n  fal_standard: {queue: a, queue: b}\n");

    InvalidSettings refused = refused(Map.of("COMPUTE_HTTP_PORT", "x"));

    assertTrue(refused.getMessage().contains("compute.yaml, line 3, column 2: is no YAML"), refused.getMessage());
    assertTrue(refused.getMessage().contains("providers.yaml, line 2, column 33: has a setting twice: 'queue'"),
        refused.getMessage());
    assertTrue(refused.getMessage().contains("COMPUTE_HTTP_PORT"), refused.getMessage());
    assertFalse(refused.getMessage().contains("hidden"), refused.getMessage());
  }

  @Test
  void refusesAFolderThatIsNotThereAndAFileThatIsNoMapping() throws IOException {
    Path nowhere = folder.resolve("nowhere");
    String missing = assertThrows(InvalidSettings.class, () -> Settings.load(nowhere, Map.of())).getMessage();
    assertTrue(missing.contains("COMPUTE_CONF: names " + nowhere), missing);

    write("compute.yaml", "- one\n");
    assertTrue(refused(Map.of()).getMessage().contains("compute.yaml: is not a list of settings"));
  }

  private InvalidSettings refused(Map<String, String> env) {
    return assertThrows(InvalidSettings.class, () -> Settings.load(folder, env));
  }

  private static void assertLine(InvalidSettings refused, String line) {
    assertTrue(refused.getMessage().lines().anyMatch(line::equals), () -> line + "\nis not in " + refused.getMessage());
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(folder.resolve(file), text);
  }

  private static List<String> queuesAnd(String own) {
    List<String> queues = new ArrayList<>(Settings.load((Path) null, Map.of()).queues().keySet());
    queues.add(own);
    return queues;
  }
}
