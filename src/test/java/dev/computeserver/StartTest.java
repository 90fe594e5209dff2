package dev.computeserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.computeserver.support.TestServers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A start that cannot be: the process ends, and its last words say why and what to do. */
class StartTest {
  private static final long LONGEST_SECONDS = 120;

  @TempDir
  private Path folder;

  /** What a process said that was to be a server. */
  private record End(int code, String words) {
  }

  private End start(Map<String, String> settings) throws IOException, InterruptedException {
    Path words = folder.resolve("words");
    ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp", System.getProperty("java.class.path"), ComputeServer.class.getName()).redirectErrorStream(true).redirectOutput(words.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("COMPUTE_"));
    builder.environment().putAll(settings);
    Process server = builder.start();
    try {
      assertTrue(server.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS), () -> "it runs: " + read(words));
      return new End(server.exitValue(), read(words));
    } finally {
      server.destroyForcibly();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      return unreadable.toString();
    }
  }

  /** Settings with which it would start. */
  private Map<String, String> settings() {
    return new HashMap<>(Map.of("COMPUTE_POSTGRES_URI", TestServers.freshDatabase(), "COMPUTE_REDIS_URI", TestServers.redisUri(),
        "COMPUTE_DATA_DIR", folder.resolve("data").toString()));
  }

  private static void assertSays(End end, int code, String... all) {
    assertEquals(code, end.code, end.words);
    for (String words : all) {
      assertTrue(end.words.contains(words), end.words);
    }
  }

  @Test
  void onAPortThatAnotherHas() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      Map<String, String> settings = settings();
      settings.put("COMPUTE_HTTP_PORT", String.valueOf(other.getLocalPort()));
      assertSays(start(settings), 1, "http.port " + other.getLocalPort() + " on 127.0.0.1 is in use", "COMPUTE_HTTP_PORT");
    }
  }

  @Test
  void withoutPostgres() throws Exception {
    Map<String, String> settings = settings();
    settings.put("COMPUTE_POSTGRES_URI", "postgresql://compute:hush@127.0.0.1:1/compute");
    settings.put("COMPUTE_HTTP_PORT", "0");
    End end = start(settings);
    assertSays(end, 1, "PostgreSQL does not answer at the address in postgres.uri", "COMPUTE_POSTGRES_URI");
    assertTrue(!end.words.contains("hush"), end.words);
  }

  @Test
  void withWrongSettingsAllOfWhichItNames() throws Exception {
    Map<String, String> settings = settings();
    settings.put("COMPUTE_HTTP_PORT", "many");
    settings.put("COMPUTE_TASKS_MAX_ATTEMPTS", "0");
    assertSays(start(settings), 2, "http.port", "tasks.max_attempts");
  }

  @Test
  void inADataFolderThatCannotBeMade() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "here");
    for (String folder : List.of(file.toString(), file + "/data", "/proc/compute/data", "/" + "x".repeat(300))) {
      Map<String, String> settings = settings();
      settings.put("COMPUTE_DATA_DIR", folder);
      End end = start(settings);
      assertSays(end, 1, "data_folder_unusable: the data folder " + folder + " cannot be used: ", "COMPUTE_DATA_DIR");
      assertTrue(!end.words.contains("Exception"), end.words);
    }
  }

  @Test
  void atAnAddressThatIsNotThisMachines() throws Exception {
    Map<String, String> settings = settings();
    settings.put("COMPUTE_HTTP_HOST", "192.0.2.1");
    assertSays(start(settings), 1, "http.host 192.0.2.1 is no address of this machine; set COMPUTE_HTTP_HOST");
    settings.put("COMPUTE_HTTP_HOST", "nowhere.invalid");
    assertSays(start(settings), 1, "http.host nowhere.invalid is unknown; set COMPUTE_HTTP_HOST");
  }
}
