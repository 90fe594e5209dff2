package dev.computeserver.embedded;

import java.io.IOException;
import java.nio.file.Path;

/** Runs both servers in a process of its own, which a test may kill, until its input ends. */
final class ServersMain {
  private ServersMain() {}

  public static void main(String[] args) throws IOException {
    try (DataFolder folder = DataFolder.claim(Path.of(args[0]), Path.of(args[1]));
        PostgresServer postgres = PostgresServer.start(folder);
        RedisServer redis = RedisServer.start(folder)) {
      System.out.println(postgres.uri());
      System.out.println(redis.uri());
      System.in.readAllBytes();
    }
  }
}
