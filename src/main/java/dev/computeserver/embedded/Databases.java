package dev.computeserver.embedded;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.postgresql.Driver;

/** Makes databases in a server of ours. */
final class Databases {
  static final String COMPUTE = "compute";
  static final String MAINTENANCE = "postgres";

  private Databases() {}

  /** Creates a database where it is missing; the name is one of ours and needs no quoting. */
  static void create(String maintenanceUri, String name) {
    try (Connection connection = connect(maintenanceUri); Statement statement = connection.createStatement()) {
      try (ResultSet found = statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + name + "'")) {
        if (found.next()) {
          return;
        }
      }
      statement.execute("CREATE DATABASE " + name);
    } catch (SQLException e) {
      throw new StartFailed("postgres_failed", "the database " + name + " cannot be made: SQL state " + e.getSQLState(),
          "see postgres.log in the data folder, or set COMPUTE_POSTGRES_URI", e);
    }
  }

  /** A plain connection for a {@code postgresql://user:password@host:port/database} of ours. */
  static Connection connect(String uri) throws SQLException {
    int at = uri.indexOf('@');
    String[] user = uri.substring("postgresql://".length(), at).split(":");
    var properties = new Properties();
    properties.put("user", user[0]);
    properties.put("password", user[1]);
    properties.put("connectTimeout", "10");
    properties.put("socketTimeout", "60");
    return new Driver().connect("jdbc:postgresql://" + uri.substring(at + 1), properties);
  }
}
