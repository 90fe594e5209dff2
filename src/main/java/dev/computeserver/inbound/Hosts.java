package dev.computeserver.inbound;

import io.netty.util.NetUtil;
import io.vertx.core.net.HostAndPort;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The names by which a server may be called. A page can have its own name lead to our address, and is then, for its browser, a page of
 * ours; it cannot do so with a name that it does not have. So loopback goes by any port, and so does the address that was connected to.
 */
public final class Hosts {
  private final Set<String> names;

  /** @param names what else it is called, without ports */
  public Hosts(Collection<String> names) {
    this.names = names.stream().map(Hosts::plain).collect(Collectors.toUnmodifiableSet());
  }

  /** @param local the address at our end of the connection */
  boolean allows(HostAndPort host, String local) {
    String name = plain(host.host());
    return name.equals("localhost") || names.contains(name) || isLoopback(name) || name.equals(plain(local));
  }

  private static boolean isLoopback(String name) {
    byte[] address = NetUtil.createByteArrayFromIpAddressString(name);
    try {
      return address != null && InetAddress.getByAddress(address).isLoopbackAddress();
    } catch (UnknownHostException noAddress) {
      return false;
    }
  }

  /** One form of each name: {@code LOCALHOST.} and {@code localhost}, {@code [::1]} and {@code ::1}. */
  private static String plain(String name) {
    String bare = name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
    byte[] address = NetUtil.createByteArrayFromIpAddressString(bare);
    if (address != null) {
      return NetUtil.bytesToIpAddress(address);
    }
    return (bare.endsWith(".") ? bare.substring(0, bare.length() - 1) : bare).toLowerCase(Locale.ROOT);
  }
}
