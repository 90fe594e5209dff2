package dev.computeserver.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The yardstick: how many single-row transactions a second pgbench commits on the server's own PostgreSQL, with the
 * same settings and disk. It works in a schema of its own, which it drops.
 */
final class CommitRate {

  private static final String SECONDS = "5";
  private static final String CLIENTS = "8";
  private static final String PID_FILE = "postmaster.pid";
  private static final int PORT_LINE = 3;
  private static final int SEARCH_DEPTH = 6;
  private static final Pattern TPS = Pattern.compile("tps = ([0-9.]+)");
  private static final String CREATE = """
      CREATE SCHEMA IF NOT EXISTS commit_rate;
      CREATE TABLE IF NOT EXISTS commit_rate.row (id bigserial PRIMARY KEY, number integer, body text);
      """;
  private static final String INSERT = "\\set number random(1, 1000000)\n"
      + "INSERT INTO commit_rate.row (number, body) VALUES (:number, '" + "x".repeat(300) + "');\n";
  private static final String DROP = "DROP SCHEMA commit_rate CASCADE;\n";

  private final String port;
  private final Map<String, String> login;
  private final Path script;

  private CommitRate(String port, Map<String, String> login, Path script) {
    this.port = port;
    this.login = login;
    this.script = script;
  }

  /** Commits per second, or NaN after saying on standard error why it could not be measured. */
  static double measure(Path dataFolder) throws IOException, InterruptedException {
    Optional<Path> data = postgresData(dataFolder);
    if (data.isEmpty()) {
      return skip("there is no postmaster.pid below " + dataFolder + "; is PostgreSQL embedded?");
    }
    String port = Files.readAllLines(data.get().resolve(PID_FILE)).get(PORT_LINE).trim();
    Path script = Files.createTempFile("commit-rate-", ".sql");
    try {
      return new CommitRate(port, login(data.get()), script).commitsPerSecond();
    } catch (IOException e) {
      return skip(e.getMessage());
    } finally {
      Files.deleteIfExists(script);
    }
  }

  private double commitsPerSecond() throws IOException, InterruptedException {
    pgbench(CREATE, "-c", "1", "-t", "1");
    String said = pgbench(INSERT, "-M", "prepared", "-c", CLIENTS, "-j", "1", "-T", SECONDS);
    pgbench(DROP, "-c", "1", "-t", "1");
    Matcher tps = TPS.matcher(said);
    return tps.find() ? Double.parseDouble(tps.group(1)) : skip("pgbench gave no tps: " + said);
  }

  private static double skip(String reason) {
    System.err.println("SKIPPED commit rate: " + reason);
    return Double.NaN;
  }

  private static Optional<Path> postgresData(Path dataFolder) throws IOException {
    try (Stream<Path> paths = Files.walk(dataFolder, SEARCH_DEPTH)) {
      return paths.filter(path -> path.endsWith(PID_FILE)).findFirst().map(Path::getParent);
    }
  }

  private static Map<String, String> login(Path data) throws IOException {
    Path password = data.resolve("compute.password");
    return Files.exists(password)
        ? Map.of("PGUSER", "compute", "PGDATABASE", "compute", "PGPASSWORD", Files.readString(password).trim())
        : Map.of("PGUSER", "postgres", "PGDATABASE", "postgres");
  }

  private String pgbench(String sql, String... how) throws IOException, InterruptedException {
    Files.writeString(script, sql);
    List<String> command = new ArrayList<>(
        List.of("pgbench", "-n", "-h", "127.0.0.1", "-p", port, "-f", script.toString()));
    command.addAll(List.of(how));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(login);
    builder.environment().put("PGCONNECT_TIMEOUT", "10");
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new IOException("pgbench is not installed (it comes with PostgreSQL's client or contrib package)", e);
    }
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException("pgbench failed: " + said);
    }
    return said;
  }
}
