package dev.computeserver.bus;

import com.hazelcast.config.Config;
import com.hazelcast.core.EntryAdapter;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.multimap.MultiMap;
import io.vertx.core.Completable;
import io.vertx.core.Vertx;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cluster manager that knows without asking the cluster which of a family of addresses somebody hears. Every event is published
 * on its task's own address, which hardly ever anybody hears, and Vert.x remembers only who does: it would ask the cluster for
 * each event who does not. Of a consumer on another member it knows a moment after that is registered.
 */
public final class Audience extends HazelcastClusterManager {
  private static final Logger LOG = LoggerFactory.getLogger(Audience.class);
  /** Where Vert.x keeps who hears what; {@code cluster.xml} configures it under this name. */
  private static final String REGISTRATIONS = "__vertx.subs";
  private static final long REFRESH_MILLIS = 10_000;

  private final String family;
  /** Null until it is known. An address that nobody hears any more stays in it for a while, which costs a question. */
  private volatile Set<String> heard;
  private volatile Set<String> fresh = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean refreshing = new AtomicBoolean();
  private Vertx vertx;

  /** @param family beginning of the addresses */
  public Audience(Config config, String family) {
    super(config);
    this.family = family;
  }

  @Override
  public void init(Vertx owner) {
    vertx = owner;
    super.init(owner);
  }

  @Override
  public void join(Completable<Void> promise) {
    super.join((joined, failure) -> {
      if (failure == null) {
        MultiMap<String, Object> registrations = getHazelcastInstance().getMultiMap(REGISTRATIONS);
        registrations.addEntryListener(new EntryAdapter<String, Object>() {
          @Override
          public void entryAdded(EntryEvent<String, Object> added) {
            hear(added.getKey());
          }
        }, false);
        refresh(registrations);
        // A merge of two clusters may pass over the listener.
        vertx.setPeriodic(REFRESH_MILLIS, tick -> refresh(registrations));
      }
      promise.complete(joined, failure);
    });
  }

  private void refresh(MultiMap<String, Object> registrations) {
    if (!refreshing.compareAndSet(false, true)) {
      return;
    }
    vertx.executeBlocking(() -> {
      Set<String> next = ConcurrentHashMap.newKeySet();
      fresh = next;
      registrations.keySet().stream().filter(address -> address.startsWith(family)).forEach(next::add);
      heard = next;
      return null;
    }).onComplete(done -> refreshing.set(false))
        .onFailure(failure -> LOG.debug("The cluster does not tell who hears what", failure));
  }

  private void hear(String address) {
    if (address.startsWith(family)) {
      fresh.add(address);
      Set<String> now = heard;
      if (now != null) {
        now.add(address);
      }
    }
  }

  @Override
  public void addRegistration(String address, RegistrationInfo info, Completable<Void> promise) {
    hear(address);
    super.addRegistration(address, info, promise);
  }

  @Override
  public void getRegistrations(String address, Completable<List<RegistrationInfo>> promise) {
    Set<String> now = heard;
    if (now != null && address.startsWith(family) && !now.contains(address)) {
      promise.succeed(List.of());
    } else {
      super.getRegistrations(address, promise);
    }
  }
}
