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
  void anAddressOfAServerThatCannotBeUsedIsToldByItsWrongPartAndNotShown() {
    Map<String, String> postgres = Map.ofEntries(
        Map.entry("user:SECRET@@host:99999/db", "holds an @ "), Map.entry("user:SE%CRET@host/db", "a % that begins no"),
        Map.entry("user:SE#CRET@host/db", "holds a # "), Map.entry("user:SECRET@host:99999/db", "its port is not one from 1 to 65535"),
        Map.entry("user:SECRET@host/db?sslmode=bogus", "a parameter behind its ?"), Map.entry("user:SEC/RET@host/db", "a / or ? "),
        Map.entry("user:SEC?RET@host/db", "a / or ? "), Map.entry("user:SEC:RET@host/db", "cannot be read"),
        Map.entry("user:SECRET@host:x/db", "its port"), Map.entry("user:SECRET@host/db/SECRET", "cannot be read"));
    postgres.forEach((rest, part) -> unusable("postgres.uri", "COMPUTE_POSTGRES_URI", "postgresql://" + rest, part));
    Map<String, String> redis = Map.of(":SECRET@host:1/x", "not the number of a database", ":SE%CRET@host", "a % that begins no",
        ":SECRET@host:99999/0", "its port", ":SE#CRET@host:1/0", "holds a # ", ":SECRET@@host", "holds an @ ",
        "u:SECRET@ho_st", "host cannot be read", "u:SEC[RET@host", "percent-encoded", ":SECRET@host/-1", "not the number of a database");
    redis.forEach((rest, part) -> unusable("redis.uri", "COMPUTE_REDIS_URI", "redis://" + rest, part));
  }

  private void unusable(String setting, String variable, String uri, String part) {
    InvalidSettings refused = refused(Map.of(variable, uri, "COMPUTE_HTTP_PORT", "x"));
    assertEquals(List.of("http.port", setting), refused.faults().stream().map(Fault::path).sorted().toList(), uri);
    assertFalse(refused.getMessage().matches("(?s).*(SEC|CRET|RET@|bogus).*"), refused.getMessage());
    String line = refused.getMessage().lines().filter(each -> each.startsWith("- " + setting + " (from " + variable + "): ")).findFirst().orElseThrow();
    assertTrue(line.contains(part) && line.contains("percent-encoded"), line);
  }

  @Test
  void aUrlThatNoRequestCanBeSentToIsAFaultAtTheStart() {
    for (String url : List.of("http://host:99999", "https://host/%zz", "http://[::1", "http://a..b/%")) {
      Map.of("public_url", "COMPUTE_PUBLIC_URL", "sandbox.url", "COMPUTE_SANDBOX_URL", "providers.fal_standard.base_url",
          "COMPUTE_PROVIDERS_FAL_STANDARD_BASE_URL").forEach((setting, variable) ->
              assertEquals(List.of(setting), refused(Map.of(variable, url)).faults().stream().map(Fault::path).toList(), url));
    }
    InvalidSettings refused = refused(Map.of("COMPUTE_SANDBOX_URL", "http://user:SECRET@host"));
    assertFalse(refused.getMessage().contains("SECRET"), refused.getMessage());
  }

  @Test
  void addressesOfServersInEachUsualFormCanBeUsed() {
    for (String uri : List.of("postgresql://u:p%40%2B@h:5432/db", "postgres://h", "postgresql:///db", "postgresql://u@[::1]:5/db?sslmode=require&a=b@c")) {
      Settings.load(folder, Map.of("COMPUTE_POSTGRES_URI", uri));
    }
    for (String uri : List.of("redis://:p%40@h:1/0", "rediss://h", "redis://u:p@[::1]:1/15", "redis://h/", "redis://h/0?a=b")) {
      Settings.load(folder, Map.of("COMPUTE_REDIS_URI", uri));
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
