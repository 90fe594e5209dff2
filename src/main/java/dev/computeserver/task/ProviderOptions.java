package dev.computeserver.task;

import dev.computeserver.catalog.Named;
import dev.computeserver.catalog.ProviderType;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * What a client gives to providers alone: an object for each by its name, or one object that is for the first choice only. Wishes for
 * the sandbox stand beside either, and go to whatever it plays.
 */
public final class ProviderOptions {
  private static final String SANDBOX = "sandbox";
  /** Providers' own options that have the name of another provider: how even a voice of ElevenLabs is. */
  private static final Set<String> FIELDS = Set.of("stability");
  private static final String ROOT = "/provider_options";

  private ProviderOptions() {
  }

  /** The part for one provider, without what is for the sandbox where that does not play it; null where there are none at all. */
  static JsonObject of(JsonObject all, String provider, boolean isFirst, boolean sandbox) {
    if (all == null) {
      return null;
    }
    JsonObject own = !isKeyed(all) && isFirst ? all : all.getValue(provider) instanceof JsonObject object ? object : new JsonObject();
    if (!sandbox) {
      return own.containsKey(SANDBOX) ? without(own) : own;
    }
    return all.containsKey(SANDBOX) && !own.containsKey(SANDBOX) ? own.copy().put(SANDBOX, all.getValue(SANDBOX)) : own;
  }

  /** A real provider would refuse a field that it does not know. */
  private static JsonObject without(JsonObject own) {
    JsonObject rest = own.copy();
    rest.remove(SANDBOX);
    return rest;
  }

  /** Tells what is wrong with the keys, each with its pointer. */
  public static void check(JsonObject all, List<ProviderType> wanted, BiConsumer<String, String> faults) {
    if (!isKeyed(all)) {
      all.fieldNames().stream().filter(key -> Named.of(ProviderType.class, key).isPresent() && !FIELDS.contains(key))
          .forEach(key -> faults.accept(pointer(key), "must be an object: what is for " + key + " alone"));
      return;
    }
    for (String key : all.fieldNames()) {
      ProviderType provider = Named.of(ProviderType.class, key).orElse(null);
      if (provider == null && !key.equals(SANDBOX)) {
        faults.accept(pointer(key), "stands beside the names of providers; put it below the one that it is for");
      } else if (provider != null && !(all.getValue(key) instanceof JsonObject)) {
        faults.accept(pointer(key), "must be an object: what is for " + key + " alone");
      } else if (provider != null && !wanted.isEmpty() && !wanted.contains(provider)) {
        faults.accept(pointer(key), "is for a provider that may not run the task; leave it out, or add " + key + " to providers");
      }
    }
  }

  /** Where in the request a place is that a provider has found at fault in its own part. */
  public static String pointer(JsonObject all, String provider, String own) {
    return own.startsWith(ROOT) && isKeyed(all) ? ROOT + "/" + provider + own.substring(ROOT.length()) : own;
  }

  private static String pointer(String key) {
    return ROOT + "/" + key.replace("~", "~0").replace("/", "~1");
  }

  /** A provider's own option may have the name of another provider, such as stability; what is for one is an object. */
  private static boolean isKeyed(JsonObject all) {
    return all.stream().anyMatch(each -> each.getValue() instanceof JsonObject && Named.of(ProviderType.class, each.getKey()).isPresent());
  }
}
