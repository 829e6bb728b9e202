package io.election.sample.cluster;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Three members of the sample in this JVM, on one database. The leader is held inside its transaction while the leadership
 * goes to another, and then let go; whatever happened, the ledger has to be whole. A pause of the whole process is in
 * {@link DemoTests}.
 */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LedgerContract {

    private static final int ROUNDS = 21;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final List<String> IDS = List.of("a", "b", "c");

    private final Map<String, ConfigurableApplicationContext> contexts = new TreeMap<>();
    /** Not started from here: they only ask. */
    private final Map<String, MemberProcess> members = new TreeMap<>();

    private LedgerDatabase database;

    /** The database, empty. */
    abstract LedgerDatabase openDatabase(Path directory) throws Exception;

    /** A query that counts the transactions that wait for a row that another has taken. */
    abstract String waiting();

    @BeforeAll
    void startAll(@TempDir Path directory) throws Exception {
        database = openDatabase(directory);
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
                    "--sample.interval=50ms",
                    // What is held hears of its lost leadership, or connection, and says so at length.
                    "--logging.level.root=OFF"));
            database.environment()
                    .forEach((name, value) ->
                            arguments.add("--" + name.toLowerCase(Locale.ROOT).replace('_', '.') + "=" + value));
            SpringApplication application = new SpringApplication(SampleApplication.class);
            application.setRegisterShutdownHook(false);
            contexts.put(id, application.run(arguments.toArray(String[]::new)));
            members.put(id, new MemberProcess(id, ports.get(i), List.of(), Map.of(), directory, false));
        }
    }

    @AfterEach
    void ledgerIsWhole() {
        assertThat(LedgerCheck.faults(database.lines())).isEmpty();
    }

    @AfterAll
    void stopAll() throws Exception {
        contexts.values().forEach(ConfigurableApplicationContext::close);
        closeDatabase();
    }

    void closeDatabase() throws Exception {
        database.close();
    }

    @Test
    void keepsItsOrderWhoeverIsHeldInsideATransaction() {
        for (int round = 0; round < ROUNDS; round++) {
            switch (round % 3) {
                case 0 -> refusesWhoWasHeldBeforeTheGuard();
                case 1 -> waitsForWhomItLetPass("AFTER_GUARD");
                default -> waitsForWhomItLetPass("BEFORE_COMMIT");
            }
            assertThat(LedgerCheck.faults(database.lines()))
                    .as("faults after round " + round)
                    .isEmpty();
        }
    }

    private void refusesWhoWasHeldBeforeTheGuard() {
        Inside old = holdTheLeader("BEFORE_GUARD");
        awaitLinesOfOthers(old);
        MemberProcess.Tally tally = tally(old);
        List<LedgerLine> before = linesUnder(old.token());
        letGo(old, () -> !tally(old).equals(tally));
        assertThat(tally(old).linesRefused()).isEqualTo(tally.linesRefused() + 1);
        assertThat(linesUnder(old.token())).isEqualTo(before);
    }

    /** The row is taken: whoever leads now waits for it, sees what the one before wrote, and only then writes. */
    private void waitsForWhomItLetPass(String point) {
        Inside old = holdTheLeader(point);
        awaitUnderOthers(old, this::somebodyWaits);
        List<LedgerLine> before = database.lines();
        assertThat(before).noneMatch(line -> line.token() > old.token());
        letGo(old, () -> database.lines().size() > before.size());
        awaitLinesOfOthers(old);
        List<LedgerLine> lines = database.lines();
        assertThat(lines.subList(0, before.size())).isEqualTo(before);
        assertThat(lines.get(before.size()).token()).isEqualTo(old.token());
        assertThat(lines.get(before.size() + 1).token()).isGreaterThan(old.token());
    }

    /** What the rounds look for is there once the fence does not do its part: here it forgets what it has seen. */
    @Test
    void aFenceThatForgetsLetsALateWriteThrough() throws SQLException {
        Inside late = holdTheLeader("BEFORE_GUARD");
        awaitLinesOfOthers(late);
        // Held as well: else it would remind the fence.
        Inside present = holdTheLeader("BEFORE_GUARD", late);
        execute("DELETE FROM election_fence");
        List<LedgerLine> before = database.lines();
        letGo(late, () -> database.lines().size() > before.size());
        assertThat(LedgerCheck.faults(database.lines()))
                .singleElement()
                .asString()
                .contains(
                        "by " + late.id() + " under token " + late.token(),
                        "after " + present.id() + " had written under " + present.token());
        execute("DELETE FROM ledger");
        letGo(present, () -> !database.lines().isEmpty());
    }

    /** A member whose transaction is held, and that transaction's token. */
    record Inside(MemberProcess member, long token) {

        String id() {
            return member.id();
        }
    }

    Inside holdTheLeader(String point, Inside... heldAlready) {
        List<String> free = new ArrayList<>(IDS);
        List.of(heldAlready).forEach(inside -> free.remove(inside.id()));
        List<Inside> held = new ArrayList<>();
        waitFor().until(() -> {
            List.of(heldAlready).forEach(this::leadsNoLonger);
            for (String id : free) {
                if (leads(id)) {
                    members.get(id).hold(point);
                }
                members.get(id).held().ifPresent(there -> held.add(new Inside(members.get(id), there.token())));
            }
            return !held.isEmpty();
        });
        Inside inside = held.get(0);
        // The leadership may just have changed.
        free.stream()
                .filter(id -> !id.equals(inside.id()))
                .forEach(id -> members.get(id).letGo());
        return inside;
    }

    private void leadsNoLonger(Inside inside) {
        if (leads(inside.id())) {
            leadership(inside.id()).handOver(null);
        }
    }

    /** Waits while the one that is held does not lead: its job could not write. */
    void awaitUnderOthers(Inside inside, Callable<Boolean> condition) {
        waitFor().until(() -> {
            leadsNoLonger(inside);
            return condition.call();
        });
    }

    void awaitLinesOfOthers(Inside inside) {
        awaitUnderOthers(inside, () -> database.lines().stream().anyMatch(line -> line.token() > inside.token()));
    }

    /** Lets the transaction go on, and waits for what comes of it. */
    void letGo(Inside inside, Callable<Boolean> end) {
        waitFor().until(() -> {
            inside.member().letGo();
            return end.call();
        });
    }

    List<LedgerLine> linesUnder(long token) {
        return database.lines().stream().filter(line -> line.token() == token).toList();
    }

    private MemberProcess.Tally tally(Inside inside) {
        return waitFor()
                .until(() -> inside.member().tally(), Optional::isPresent)
                .orElseThrow();
    }

    /** Waits until a member writes anew. Its job has one thread: what was held there has come to its end then. */
    void awaitNewLinesOf(Inside inside) {
        letGo(inside, () -> {
            IDS.stream().filter(this::leads).forEach(id -> leadership(id).handOver(inside.id()));
            return database.lines().stream()
                    .anyMatch(line -> line.member().equals(inside.id()) && line.token() > inside.token());
        });
    }

    private static ConditionFactory waitFor() {
        return Awaitility.await().atMost(LIMIT).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(20));
    }

    private boolean leads(String id) {
        return leadership(id).isLeader();
    }

    private Leadership leadership(String id) {
        return contexts.get(id).getBean(Leadership.class);
    }

    void execute(String sql) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    boolean somebodyWaits() throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet count = statement.executeQuery(waiting())) {
            return count.next() && count.getLong(1) > 0;
        }
    }
}
