package dev.computeserver.outbound;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.Stream;

/** From where an address can be reached, by the registries of special addresses (RFC 6890 and its successors). */
enum Reach {
  PUBLIC,
  /** This machine only. The unspecified address is among these, since connecting to it reaches this machine. */
  LOOPBACK,
  /** A network that is not all of the Internet's, or nobody's. */
  PRIVATE;

  private static final List<Block> THIS_MACHINE = blocks("127.0.0.0/8", "0.0.0.0/8", "::1/128", "::/128");
  private static final List<Block> SPECIAL = blocks(
      "10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
      "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
      // Teredo and other protocols' own, documentation, 6to4, documentation.
      "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");
  /** All that has been given out. What carries an IPv4 address inside, such as 64:ff9b::/96, is outside of it. */
  private static final List<Block> GIVEN_OUT = blocks("0.0.0.0/0", "2000::/3");

  static Reach of(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (holds(THIS_MACHINE, bytes)) {
      return LOOPBACK;
    }
    return holds(SPECIAL, bytes) || !holds(GIVEN_OUT, bytes) ? PRIVATE : PUBLIC;
  }

  private static boolean holds(List<Block> blocks, byte[] address) {
    return blocks.stream().anyMatch(block -> block.holds(address));
  }

  private static List<Block> blocks(String... written) {
    return Stream.of(written).map(Block::of).toList();
  }

  /** Addresses that begin with the same bits. */
  private record Block(byte[] start, int bits) {

    static Block of(String written) {
      String[] parts = written.split("/");
      try {
        return new Block(InetAddress.getByName(parts[0]).getAddress(), Integer.parseInt(parts[1]));
      } catch (UnknownHostException impossible) {
        throw new IllegalStateException(impossible);
      }
    }

    boolean holds(byte[] address) {
      if (address.length != start.length) {
        return false;
      }
      for (int i = 0; i < bits; i++) {
        if (((start[i / 8] ^ address[i / 8]) >> 7 - i % 8 & 1) != 0) {
          return false;
        }
      }
      return true;
    }
  }
}
