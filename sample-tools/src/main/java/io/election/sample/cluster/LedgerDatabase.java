package io.election.sample.cluster;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.h2.tools.Server;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.ClassPathResource;

/**
 * Where the members' ledger is kept, and how it is read from outside.
 *
 * <p>By default that is H2, in a file, served by this process: members are killed and paused here, and one that opened the
 * file itself, even if it shared it with the others, would take it along. The server listens on loopback alone, and opens
 * nothing to those who do not know the random name under which the members reach the file.
 */
final class LedgerDatabase implements AutoCloseable {

    private static final String H2_ADDRESS = "127.0.0.1";

    private final Place place;
    private final Map<String, String> environment;
    private final @Nullable Server server;
    /** Keeps the file open while no member does. */
    private final @Nullable Connection keeper;

    private LedgerDatabase(
            Place place, Map<String, String> environment, @Nullable Server server, @Nullable Connection keeper) {
        this.place = place;
        this.environment = Map.copyOf(environment);
        this.server = server;
        this.keeper = keeper;
    }

    /** What a connection needs. */
    private record Place(String url, String user, String password) {

        Connection connect() throws SQLException {
            return DriverManager.getConnection(url, user, password);
        }

        Map<String, String> environment() {
            return Map.of(
                    "SPRING_DATASOURCE_URL", url,
                    "SPRING_DATASOURCE_USERNAME", user,
                    "SPRING_DATASOURCE_PASSWORD", password);
        }
    }

    /**
     * Opens it.
     *
     * @param profile the Spring profile that says where it is, or {@code null} for a file of our own
     * @param directory where the file is put
     * @throws ClusterException if it cannot be reached
     */
    static LedgerDatabase open(@Nullable String profile, Path directory) {
        return profile == null ? file(directory) : ofProfile(profile);
    }

    private static LedgerDatabase file(Path directory) {
        // H2 reads it once, when its classes are loaded; cluster.sh sets it too.
        System.setProperty("h2.bindAddress", H2_ADDRESS);
        String path = directory.resolve("ledger").toString();
        // Only close() closes it: H2's own hook would do so while members still run.
        Place file = new Place("jdbc:h2:file:" + path + ";DB_CLOSE_ON_EXIT=FALSE", "sa", "");
        String name = randomName();
        try {
            Server server = Server.createTcpServer("-tcpPort", "0", "-tcpDaemon", "-key", name, path)
                    .start();
            Connection keeper = file.connect();
            Place served = new Place("jdbc:h2:tcp://" + H2_ADDRESS + ":" + server.getPort() + "/" + name, "sa", "");
            return new LedgerDatabase(file, served.environment(), server, keeper);
        } catch (SQLException e) {
            throw new ClusterException("The ledger's file in " + directory + " cannot be opened: " + e.getMessage(), e);
        }
    }

    private static String randomName() {
        byte[] name = new byte[16];
        new SecureRandom().nextBytes(name);
        return HexFormat.of().formatHex(name);
    }

    /** As a member would find it: in the profile's file, or in the environment, which goes before. */
    private static LedgerDatabase ofProfile(String profile) {
        ClassPathResource file = new ClassPathResource("application-" + profile + ".yml");
        if (!file.exists()) {
            throw new ClusterException("The sample has no profile '" + profile + "'. Use 'postgres', or no profile.");
        }
        StandardEnvironment settings = new StandardEnvironment();
        try {
            new YamlPropertySourceLoader().load(profile, file).forEach(settings.getPropertySources()::addLast);
        } catch (IOException e) {
            throw new ClusterException("The profile '" + profile + "' cannot be read: " + e.getMessage(), e);
        }
        Place place = new Place(
                settings.getRequiredProperty("spring.datasource.url"),
                settings.getProperty("spring.datasource.username", ""),
                settings.getProperty("spring.datasource.password", ""));
        try (Connection reached = place.connect()) {
            reached.getMetaData();
        } catch (SQLException e) {
            throw new ClusterException(
                    "The ledger's database cannot be reached at " + place.url() + " as '" + place.user() + "': "
                            + e.getMessage() + "\nSet SPRING_DATASOURCE_URL, SPRING_DATASOURCE_USERNAME and"
                            + " SPRING_DATASOURCE_PASSWORD, or start without --profile.",
                    e);
        }
        Map<String, String> environment = new HashMap<>(place.environment());
        environment.put("SPRING_PROFILES_ACTIVE", profile);
        return new LedgerDatabase(place, environment, null, null);
    }

    /** What tells a member where it is. Not for a command line, which everybody on the machine can read. */
    Map<String, String> environment() {
        return environment;
    }

    Connection connect() throws SQLException {
        return place.connect();
    }

    /** All lines that are committed, in the order in which they were inserted. */
    List<LedgerLine> lines() {
        List<LedgerLine> lines = new ArrayList<>();
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT number, token, member FROM ledger ORDER BY id")) {
            while (rows.next()) {
                lines.add(new LedgerLine(rows.getLong(1), rows.getLong(2), rows.getString(3)));
            }
            return lines;
        } catch (SQLException e) {
            throw new ClusterException("The ledger cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        if (server != null) {
            server.stop();
        }
        if (keeper != null) {
            try {
                keeper.close();
            } catch (SQLException e) {
                throw new ClusterException("The ledger's file cannot be closed: " + e.getMessage(), e);
            }
        }
    }
}
