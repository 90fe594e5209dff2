package dev.computeserver.config;

import dev.computeserver.catalog.ProviderType;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Everything that can be set, checked and complete. Meanings, units, bounds and defaults of the components are in
 * {@code conf/schema}, where each has the name it has here.
 *
 * @param folder with the files of this server's settings, and whatever else belongs to them; or null
 * @param publicUrl how providers reach our callbacks, without a slash at the end; empty: no callbacks
 * @param queues all queues by name, those that only a provider names included
 * @param providers the configured entries; whether one has a key tells {@link #configured}
 * @param played the providers whose protocol the sandbox speaks; all until a node has started its sandbox
 * @param warnings what is odd but not wrong, one sentence each, to be logged at start
 */
public record Settings(Path folder, String publicUrl, Path dataDir, Http http, Postgres postgres, Redis redis, Cluster cluster,
    Node node, Map<String, Queue> queues, Tasks tasks, Outputs outputs, Guard guard, Webhooks webhooks, Live live,
    Sandbox sandbox, Map<ProviderType, ProviderConfig> providers, Set<ProviderType> played, List<String> warnings) {

  public Settings {
    publicUrl = withoutSlash(publicUrl);
    queues = Collections.unmodifiableMap(new LinkedHashMap<>(queues));
    var copy = new EnumMap<ProviderType, ProviderConfig>(ProviderType.class);
    copy.putAll(providers);
    providers = Collections.unmodifiableMap(copy);
    played = Set.copyOf(played);
    warnings = List.copyOf(warnings);
  }

  /**
   * Reads the packaged defaults, the folder named by {@code COMPUTE_CONF} (else {@code conf} in the working directory,
   * where it exists) and the {@code COMPUTE_*} variables; blocks on files.
   *
   * @throws InvalidSettings with every fault that was found
   */
  public static Settings load(Map<String, String> env) {
    return load(folder(env), env);
  }

  /** The folder with the settings files: the one that {@code COMPUTE_CONF} names, else {@code conf}, else null for none. */
  public static Path folder(Map<String, String> env) {
    String named = env.getOrDefault(LoadSettings.FOLDER_VARIABLE, "");
    Path usual = Path.of("conf");
    return named.isEmpty() ? (Files.isDirectory(usual) ? usual : null) : Path.of(named);
  }

  /** The same with the folder given, or without one where it is null; {@code COMPUTE_CONF} is not looked at. */
  public static Settings load(Path folder, Map<String, String> env) {
    return new LoadSettings(env).from(folder);
  }

  /** Whether the provider has an entry with an API key, or with a base URL where that is all it takes. */
  public boolean configured(ProviderType type) {
    ProviderConfig provider = providers.get(type);
    return provider != null && provider.complete();
  }

  /** Whether the provider has an entry that the sandbox answers for: it is not configured, and the sandbox is on and plays it. */
  public boolean usesSandbox(ProviderType type) {
    return providers.containsKey(type) && !configured(type) && sandbox.enabled() && played.contains(type);
  }

  /** The same with a sandbox that speaks the protocols of these providers only. */
  public Settings playing(Set<ProviderType> types) {
    return new Settings(folder, publicUrl, dataDir, http, postgres, redis, cluster, node, queues, tasks, outputs, guard, webhooks, live, sandbox,
        providers, types, warnings);
  }

  /** Names of the queues that this node's worker serves. */
  public Set<String> servedQueues() {
    var own = new LinkedHashSet<>(node.queues());
    return own.isEmpty() ? queues.keySet() : Collections.unmodifiableSet(own);
  }

  /** Whether URLs of others may lead to loopback addresses; blocks where {@code http.host} is a name. */
  public boolean allowsLoopback() {
    if (!guard.allowLoopback().equals("auto")) {
      return guard.allowLoopback().equals("true");
    }
    try {
      return InetAddress.getByName(http.host()).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  Settings with(List<String> otherWarnings) {
    return new Settings(folder, publicUrl, dataDir, http, postgres, redis, cluster, node, queues, tasks, outputs, guard,
        webhooks, live, sandbox, providers, played, otherWarnings);
  }

  /** The same with another node's sandbox where this one has its own to start; an empty {@code origin} changes nothing. */
  public Settings withSandboxAt(String origin) {
    Sandbox other = new Sandbox(sandbox.enabled(), sandbox.port(), origin);
    return origin.isEmpty() || !sandbox.url().isEmpty() ? this : new Settings(folder, publicUrl, dataDir, http, postgres, redis, cluster, node,
        queues, tasks, outputs, guard, webhooks, live, other, providers, played, warnings);
  }

  static String withoutSlash(String url) {
    return url.replaceAll("/+$", "");
  }

  /** The HTTP, WebSocket and event-stream interface; {@code hosts} are names that it goes by beside those that it finds itself. */
  public record Http(String host, List<String> hosts, int port, int maxBodyBytes, int instances, int maxConnections) {
    public Http {
      hosts = List.copyOf(hosts);
    }
  }

  /** The database; an empty uri means the built-in server. */
  public record Postgres(Secret uri, int poolSize, int statementTimeoutSeconds) {}

  /** The live channel; an empty uri means the built-in server. */
  public record Redis(Secret uri) {}

  /** How nodes find each other. */
  public record Cluster(boolean enabled, String config) {}

  /** What this node does; an empty name means the host's, no queues means all. */
  public record Node(String name, Set<Role> roles, List<String> queues, int heartbeatSeconds, int takeoverSeconds, int drainSeconds,
      int memoryPercent) {
    public Node {
      roles = Collections.unmodifiableSet(EnumSet.copyOf(roles));
      queues = List.copyOf(queues);
    }
  }

  /** One queue: the tasks that one node works on at once. */
  public record Queue(int slots) {}

  /** How long and how often tasks are tried. */
  public record Tasks(int timeoutSeconds, int maxAttempts, int reconcileSeconds, int retryFirstMs, int retryMaxMs,
      int retentionDays) {}

  /** Files that providers made and we keep. */
  public record Outputs(long maxBytes, int timeoutSeconds, boolean fsync, int concurrentDownloads) {}

  /** Which addresses URLs of others may lead to; see {@link Settings#allowsLoopback}. */
  public record Guard(boolean allowPrivate, String allowLoopback) {}

  /** Signed calls that report changes; the first secret is the newest, all sign. */
  public record Webhooks(List<Secret> secrets, int timeoutSeconds, int concurrent, List<Integer> retrySeconds) {
    public Webhooks {
      secrets = List.copyOf(secrets);
      retrySeconds = List.copyOf(retrySeconds);
    }
  }

  /** Watchers of status changes. */
  public record Live(int maxSubscribers) {}

  /** The built-in stand-in for providers. */
  public record Sandbox(boolean enabled, int port, String url) {
    public Sandbox {
      url = withoutSlash(url);
    }
  }
}
