package io.election.sample.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.Leadership;
import io.election.sample.SampleApplication;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Three members of the sample in this JVM, on one database. Round by round the leader is held inside its transaction while
 * the leadership goes to another, and then let go; the ledger is checked in every round. A pause of the whole process is in
 * {@link DemoTests}.
 */
@Timeout(300)
abstract class LedgerContract {

    private static final int ROUNDS = 24;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final List<String> IDS = List.of("a", "b", "c");

    @TempDir
    Path directory;

    private final Map<String, ConfigurableApplicationContext> contexts = new TreeMap<>();
    /** Not started from here: they only ask. */
    private final Map<String, MemberProcess> members = new TreeMap<>();

    private LedgerDatabase database;

    /** The database, empty. */
    abstract LedgerDatabase openDatabase() throws Exception;

    /** A query that counts the transactions that wait for a row that another has taken. */
    abstract String waiting();

    @BeforeEach
    void startAll() throws Exception {
        database = openDatabase();
        List<Integer> ports = SampleCluster.freePorts();
        String list = IntStream.range(0, IDS.size())
                .mapToObj(i -> IDS.get(i) + "=http://localhost:" + ports.get(i))
                .collect(Collectors.joining(","));
        for (int i = 0; i < IDS.size(); i++) {
            String id = IDS.get(i);
            List<String> arguments = new ArrayList<>(List.of(
                    "--election.node-id=" + id,
                    "--server.port=" + ports.get(i),
                    "--election.members=" + list,
                    "--election.storage.directory=" + directory.resolve("data"),
                    // How long a handover waits for a transaction that is held.
                    "--election.handover.timeout=200ms",
                    "--sample.hold=true",
                    "--sample.interval=20ms",
                    "--logging.level.root=ERROR",
                    // The job that is held hears of its lost leadership, which is said here.
                    "--logging.level.org.springframework.scheduling=OFF"));
            database.environment()
                    .forEach((name, value) ->
                            arguments.add("--" + name.toLowerCase(Locale.ROOT).replace('_', '.') + "=" + value));
            SpringApplication application = new SpringApplication(SampleApplication.class);
            application.setRegisterShutdownHook(false);
            prepare(application);
            contexts.put(id, application.run(arguments.toArray(String[]::new)));
            members.put(id, new MemberProcess(id, ports.get(i), List.of(), Map.of(), directory, false));
        }
    }

    /** Changes the application before it runs. */
    void prepare(SpringApplication application) {}

    @AfterEach
    void stopAll() {
        contexts.values().forEach(ConfigurableApplicationContext::close);
        database.close();
    }

    @Test
    void keepsItsOrderWhoeverIsHeldInsideATransaction() {
        for (int round = 0; round < ROUNDS; round++) {
            switch (round % 3) {
                case 0 -> refusesWhoWasHeldBeforeTheGuard();
                case 1 -> lets("AFTER_GUARD");
                default -> lets("BEFORE_COMMIT");
            }
            assertThat(LedgerCheck.faults(database.lines()))
                    .as("faults after round " + round)
                    .isEmpty();
        }
    }

    private void refusesWhoWasHeldBeforeTheGuard() {
        Inside inside = holdTheLeader("BEFORE_GUARD");
        othersLead(inside);
        awaitLinesAbove(inside.token());
        long refused = refused(inside.member());
        List<LedgerLine> before = database.lines();
        letGo(inside, () -> refused(inside.member()) == refused + 1);
        assertThat(linesUnder(database.lines(), inside.token())).isEqualTo(linesUnder(before, inside.token()));
    }

    /** The row is taken: whoever leads now waits for it, sees what the one before wrote, and only then writes. */
    private void lets(String point) {
        Inside inside = holdTheLeader(point);
        othersLead(inside);
        await().atMost(LIMIT).until(this::somebodyWaits);
        List<LedgerLine> before = database.lines();
        assertThat(before).noneMatch(line -> line.token() > inside.token());
        letGo(inside, () -> database.lines().size() > before.size());
        awaitLinesAbove(inside.token());
        List<LedgerLine> lines = database.lines();
        assertThat(lines.subList(0, before.size())).isEqualTo(before);
        assertThat(lines.get(before.size()).token()).isEqualTo(inside.token());
        assertThat(lines.get(before.size() + 1).token()).isGreaterThan(inside.token());
    }

    /** A member whose transaction is held, and that transaction's token. */
    record Inside(MemberProcess member, long token) {}

    Inside holdTheLeader(String point) {
        List<Inside> held = new ArrayList<>();
        await().atMost(LIMIT).until(() -> {
            IDS.stream().filter(this::leads).forEach(id -> members.get(id).hold(point));
            members.values()
                    .forEach(member -> member.held().ifPresent(there -> held.add(new Inside(member, there.token()))));
            return !held.isEmpty();
        });
        Inside inside = held.get(0);
        // The leadership may just have changed.
        members.values().stream().filter(member -> member != inside.member()).forEach(MemberProcess::letGo);
        return inside;
    }

    void othersLead(Inside inside) {
        await().atMost(LIMIT).until(() -> {
            leadership(inside.member().id()).handOver(null);
            return IDS.stream().anyMatch(id -> !id.equals(inside.member().id()) && leads(id));
        });
    }

    /** Lets the transaction go on, and waits for what comes of it. */
    void letGo(Inside inside, Callable<Boolean> end) {
        await().atMost(LIMIT).until(() -> {
            inside.member().letGo();
            return end.call();
        });
    }

    void awaitLinesAbove(long token) {
        await().atMost(LIMIT).until(() -> database.lines().stream().anyMatch(line -> line.token() > token));
    }

    private boolean somebodyWaits() throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet count = statement.executeQuery(waiting())) {
            return count.next() && count.getLong(1) > 0;
        }
    }

    private static List<LedgerLine> linesUnder(List<LedgerLine> lines, long token) {
        return lines.stream().filter(line -> line.token() == token).toList();
    }

    private long refused(MemberProcess member) {
        return await().atMost(LIMIT)
                .until(member::tally, Optional::isPresent)
                .orElseThrow()
                .linesRefused();
    }

    private boolean leads(String id) {
        return leadership(id).isLeader();
    }

    private Leadership leadership(String id) {
        return contexts.get(id).getBean(Leadership.class);
    }
}
