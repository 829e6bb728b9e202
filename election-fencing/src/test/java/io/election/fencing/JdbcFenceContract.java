package io.election.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.election.FencingToken;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.core.io.ClassPathResource;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.TransactionTemplate;

/** What a fence in a database does on each of them, at each isolation. */
abstract class JdbcFenceContract extends FenceContract {

    private static final long PATIENCE_SECONDS = 120;

    /** Isolation by its JDBC number, so that a test's name shows it. */
    enum Isolation {
        READ_COMMITTED(TransactionDefinition.ISOLATION_READ_COMMITTED),
        REPEATABLE_READ(TransactionDefinition.ISOLATION_REPEATABLE_READ),
        SERIALIZABLE(TransactionDefinition.ISOLATION_SERIALIZABLE);

        private final int level;

        Isolation(int level) {
            this.level = level;
        }
    }

    private final String resource = "ledger-" + UUID.randomUUID();
    private final FencingToken older = new FencingToken(9);
    private final FencingToken newer = new FencingToken(10);
    private final ExecutorService others = Executors.newCachedThreadPool();

    private HikariDataSource dataSource;
    private JdbcTemplate jdbc;
    private JdbcTransactionManager manager;
    private JdbcFence fence;

    abstract HikariDataSource dataSource();

    abstract JdbcDialect dialect();

    /** How many sessions wait for another's lock. */
    abstract String waitingSessions();

    /** Whether a higher token that was committed after the snapshot shows as a conflict, at which one begins anew. */
    abstract boolean conflictsWithSnapshot(Isolation isolation);

    /** Whether a plain read keeps others from writing until the transaction ends. */
    boolean plainReadsLock(Isolation isolation) {
        return false;
    }

    /** Whether a transaction whose guard has passed reads what those before it have committed. */
    boolean readsTheLatest(Isolation isolation) {
        return true;
    }

    @BeforeEach
    void prepare() {
        dataSource = dataSource();
        jdbc = new JdbcTemplate(dataSource);
        new ResourceDatabasePopulator(new ClassPathResource(
                        "io/election/fencing/schema-" + dialect().id() + ".sql"))
                .execute(dataSource);
        jdbc.execute(
                "CREATE TABLE IF NOT EXISTS ledger"
                        + " (resource VARCHAR(255) NOT NULL, line INT NOT NULL, token BIGINT NOT NULL, PRIMARY KEY (resource, line))");
        manager = new JdbcTransactionManager(dataSource);
        fence = new JdbcFence(dataSource, dialect(), JdbcFence.DEFAULT_TABLE, Duration.ofMinutes(1));
    }

    @AfterEach
    void endOthers() throws InterruptedException {
        others.shutdownNow();
        assertThat(others.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .as("other transactions have ended")
                .isTrue();
    }

    @Override
    void guard(String resource, FencingToken token) {
        inTransaction().executeWithoutResult(status -> fence.guard(resource, token));
    }

    @Test
    void tellsTheHighestTokenThatIsCommitted() {
        assertThat(fence.highestToken(resource)).isEmpty();
        guard(resource, older);
        assertThat(fence.highestToken(resource)).contains(older);
        assertThat(fence.inOwnTransaction().highestToken(resource)).contains(older);
        inTransaction().executeWithoutResult(status -> {
            fence.guard(resource, newer);
            status.setRollbackOnly();
        });
        assertThat(fence.highestToken(resource)).as("what was rolled back").contains(older);
        FencingToken foremost = new FencingToken(Long.MAX_VALUE);
        guard(resource + "-2", foremost);
        assertThat(fence.highestToken()).contains(foremost);
        assertThat(fence.highestToken(resource)).contains(older);
        jdbc.update("DELETE FROM " + JdbcFence.DEFAULT_TABLE + " WHERE resource = ?", resource + "-2");
        JdbcFence nowhere = new JdbcFence(dataSource, dialect(), "election_no_fence", Duration.ofMinutes(1));
        assertThatExceptionOfType(MissingFenceTableException.class).isThrownBy(nowhere::highestToken);
    }

    @Override
    boolean mayBeTriedAgain(RuntimeException failure) {
        return failure instanceof ConcurrencyFailureException;
    }

    private TransactionTemplate inTransaction() {
        return new TransactionTemplate(manager);
    }

    private TransactionTemplate inTransaction(Isolation isolation) {
        TransactionTemplate template = new TransactionTemplate(manager);
        template.setIsolationLevel(isolation.level);
        return template;
    }

    /** The last line with its token, and the number of lines. */
    private void write(FencingToken token) {
        Integer last = jdbc.queryForObject(
                "SELECT COALESCE(MAX(line), 0) FROM ledger WHERE resource = ?", Integer.class, resource);
        jdbc.update("INSERT INTO ledger VALUES (?, ?, ?)", resource, last + 1, token.value());
    }

    private List<Long> ledger() {
        return jdbc.queryForList("SELECT token FROM ledger WHERE resource = ? ORDER BY line", Long.class, resource);
    }

    private Long stored() {
        return jdbc.queryForObject("SELECT token FROM election_fence WHERE resource = ?", Long.class, resource);
    }

    private void awaitAWaitingSession() {
        await().atMost(Duration.ofSeconds(PATIENCE_SECONDS))
                .until(() -> jdbc.queryForObject(waitingSessions(), Long.class) > 0);
    }

    // ------------------------------------------------------------------------------------------------ the transaction

    @Test
    void isAnErrorOutsideATransaction() {
        assertThatExceptionOfType(IllegalTransactionStateException.class)
                .isThrownBy(() -> fence.guard(resource, newer))
                .withMessageContaining("there is none");
    }

    @Test
    void isAnErrorWhereTransactionsAreSupportedButNoneIsActive() {
        TransactionTemplate supports = inTransaction();
        supports.setPropagationBehavior(TransactionDefinition.PROPAGATION_SUPPORTS);
        assertThatExceptionOfType(IllegalTransactionStateException.class)
                .isThrownBy(() -> supports.executeWithoutResult(status -> {
                    jdbc.queryForObject("SELECT COUNT(*) FROM ledger", Long.class);
                    fence.guard(resource, newer);
                }))
                .withMessageContaining("there is none");
    }

    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void isAnErrorInATransactionOfAnotherDataSource(boolean autoCommit, boolean usedBefore) {
        try (HikariDataSource other = Databases.h2();
                HikariDataSource own = sameDatabase(autoCommit)) {
            JdbcTemplate used = new JdbcTemplate(own);
            JdbcFence there = new JdbcFence(own, dialect(), JdbcFence.DEFAULT_TABLE, Duration.ofMinutes(1));
            TransactionTemplate elsewhere = new TransactionTemplate(new JdbcTransactionManager(other));
            assertThatExceptionOfType(IllegalTransactionStateException.class)
                    .isThrownBy(() -> elsewhere.executeWithoutResult(status -> {
                        if (usedBefore) {
                            used.queryForObject("SELECT COUNT(*) FROM ledger", Long.class);
                        }
                        there.guard(resource, newer);
                    }))
                    .withMessageContaining("not on the fence's data source");
        }
    }

    private HikariDataSource sameDatabase(boolean autoCommit) {
        HikariDataSource pool = Databases.pool(dataSource.getJdbcUrl(), dataSource.getUsername());
        pool.setAutoCommit(autoCommit);
        return pool;
    }

    @Test
    void guardsTransactionsOfAPoolThatDoesNotCommitByItself() {
        try (HikariDataSource own = sameDatabase(false)) {
            JdbcFence there = new JdbcFence(own, dialect(), JdbcFence.DEFAULT_TABLE, Duration.ofMinutes(1));
            new TransactionTemplate(new JdbcTransactionManager(own))
                    .executeWithoutResult(status -> there.guard(resource, newer));
        }
        assertThat(stored()).isEqualTo(10);
    }

    @Test
    void isAnErrorInAReadOnlyTransaction() {
        TransactionTemplate reading = inTransaction();
        reading.setReadOnly(true);
        assertThatExceptionOfType(IllegalTransactionStateException.class)
                .isThrownBy(() -> reading.executeWithoutResult(status -> fence.guard(resource, newer)))
                .withMessageContaining("read-only");
    }

    @Test
    void isAnErrorOnAConnectionThatCommitsEveryStatement() {
        assertThatExceptionOfType(IllegalTransactionStateException.class)
                .isThrownBy(() -> inTransaction().executeWithoutResult(status -> {
                    autoCommit(true);
                    try {
                        fence.guard(resource, newer);
                    } finally {
                        autoCommit(false);
                    }
                }))
                .withMessageContaining("auto-commit");
    }

    private void autoCommit(boolean on) {
        jdbc.execute((ConnectionCallback<@Nullable Object>) connection -> {
            connection.setAutoCommit(on);
            return null;
        });
    }

    @Test
    void aTokenIsRememberedOnlyIfItsTransactionCommits() {
        guard(resource, older);
        inTransaction().executeWithoutResult(status -> {
            fence.guard(resource, newer);
            status.setRollbackOnly();
        });
        assertThat(stored()).isEqualTo(9);
        guard(resource, older);
    }

    @Test
    void aSwallowedRefusalCannotCommit() {
        guard(resource, newer);
        assertThatExceptionOfType(StaleFencingTokenException.class)
                .isThrownBy(() -> inTransaction().executeWithoutResult(status -> {
                    write(older);
                    try {
                        fence.guard(resource, older);
                    } catch (StaleFencingTokenException swallowed) {
                        write(older);
                    }
                }));
        assertThat(ledger()).isEmpty();
    }

    @Test
    void aRefusalInsideASavepointRefusesTheWholeTransaction() {
        guard(resource, newer);
        TransactionTemplate nested = inTransaction();
        nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);
        assertThatExceptionOfType(StaleFencingTokenException.class)
                .isThrownBy(() -> inTransaction().executeWithoutResult(status -> {
                    write(older);
                    try {
                        nested.executeWithoutResult(inner -> fence.guard(resource, older));
                    } catch (StaleFencingTokenException swallowed) {
                        write(older);
                    }
                }));
        assertThat(ledger()).isEmpty();
    }

    @Test
    void aGuardThatWaitsForTooLongFailsAndCannotCommit() throws Exception {
        JdbcFence impatient = new JdbcFence(dataSource, dialect(), JdbcFence.DEFAULT_TABLE, Duration.ofSeconds(1));
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch enough = new CountDownLatch(1);
        Future<?> holder = others.submit(() -> inTransaction().executeWithoutResult(status -> {
            fence.guard(resource, newer);
            held.countDown();
            awaitLatch(enough);
        }));
        awaitLatch(held);
        try {
            assertThatThrownBy(() -> inTransaction().executeWithoutResult(status -> {
                        try {
                            impatient.guard(resource, newer);
                        } catch (DataAccessException swallowed) {
                            // Goes on as if nothing had happened.
                        }
                    }))
                    .isInstanceOf(UnexpectedRollbackException.class)
                    .hasCauseInstanceOf(DataAccessException.class);
        } finally {
            enough.countDown();
        }
        holder.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ex);
        }
    }

    // ----------------------------------------------------------------------------------------------- two transactions

    /** Begins {@code second} while {@code first} holds the row, and waits until it stands before it. */
    private <T> T whileHeld(Isolation isolation, FencingToken first, boolean commit, Callable<T> second)
            throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Future<?> holder = others.submit(() -> inTransaction(isolation).executeWithoutResult(status -> {
            fence.guard(resource, first);
            write(first);
            held.countDown();
            awaitLatch(end);
            if (!commit) {
                status.setRollbackOnly();
            }
        }));
        awaitLatch(held);
        Future<T> waiter = others.submit(second);
        try {
            awaitAWaitingSession();
            assertThat(waiter.isDone()).as("the second one waits").isFalse();
        } finally {
            end.countDown();
        }
        holder.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        try {
            return waiter.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException ex) {
            throw (Exception) ex.getCause();
        }
    }

    /** Guards and writes one line; answers what it saw of the ledger after the guard. */
    private List<Long> guardedWrite(Isolation isolation, FencingToken token) {
        return inTransaction(isolation).execute(status -> {
            fence.guard(resource, token);
            List<Long> seen = ledger();
            write(token);
            return seen;
        });
    }

    @ParameterizedTest
    @EnumSource
    void theLoserCannotCommitAfterTheWinner(Isolation isolation) {
        guard(resource, older);
        assertThatThrownBy(() -> whileHeld(isolation, newer, true, () -> guardedWrite(isolation, older)))
                .satisfies(failure -> assertRefusal(isolation, failure));
        assertThat(ledger()).containsExactly(10L);
        assertThatExceptionOfType(StaleFencingTokenException.class).isThrownBy(() -> guardedWrite(isolation, older));
    }

    @ParameterizedTest
    @EnumSource
    void theLoserOfTheFirstWriteOfAllCannotCommitEither(Isolation isolation) {
        assertThatThrownBy(() -> whileHeld(isolation, newer, true, () -> guardedWrite(isolation, older)))
                .satisfies(failure -> assertRefusal(isolation, failure));
        assertThat(ledger()).containsExactly(10L);
        assertThat(stored()).isEqualTo(10);
    }

    private void assertRefusal(Isolation isolation, Throwable failure) {
        if (conflictsWithSnapshot(isolation)) {
            assertThat(failure).isInstanceOf(ConcurrencyFailureException.class);
        } else {
            assertThat(failure).isInstanceOf(StaleFencingTokenException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theWinnerWaitsForTheLoserAndSeesWhatItCommitted(Isolation isolation) throws Exception {
        guard(resource, older);
        winnerAfterLoser(isolation);
    }

    @ParameterizedTest
    @EnumSource
    void theWinnerWaitsForTheLosersFirstWriteOfAll(Isolation isolation) throws Exception {
        winnerAfterLoser(isolation);
    }

    private void winnerAfterLoser(Isolation isolation) throws Exception {
        Assumptions.assumeTrue(readsTheLatest(isolation), "the winner may read from an older snapshot");
        if (conflictsWithSnapshot(isolation)) {
            assertThatThrownBy(() -> whileHeld(isolation, older, true, () -> guardedWrite(isolation, newer)))
                    .isInstanceOf(ConcurrencyFailureException.class);
            assertThat(guardedWrite(isolation, newer)).containsExactly(9L);
        } else {
            assertThat(whileHeld(isolation, older, true, () -> guardedWrite(isolation, newer)))
                    .containsExactly(9L);
        }
        assertThat(ledger()).containsExactly(9L, 10L);
        assertThat(stored()).isEqualTo(10);
    }

    @ParameterizedTest
    @EnumSource
    void aLeaderOfThePastThatRollsBackLeavesNoTrace(Isolation isolation) throws Exception {
        assertThat(whileHeld(isolation, newer, false, () -> guardedWrite(isolation, older)))
                .isEmpty();
        assertThat(ledger()).containsExactly(9L);
        assertThat(stored()).isEqualTo(9);
    }

    /** A snapshot that was taken before the guard must not hide the newer token. */
    @ParameterizedTest
    @EnumSource
    void aSnapshotDoesNotHideTheNewerToken(Isolation isolation) {
        Assumptions.assumeFalse(plainReadsLock(isolation), "nobody can guard a newer token after the read");
        guard(resource, older);
        assertThatThrownBy(() -> inTransaction(isolation).executeWithoutResult(status -> {
                    assertThat(stored()).isEqualTo(9);
                    otherThreadGuards(newer);
                    fence.guard(resource, older);
                    write(older);
                }))
                .isInstanceOfAny(StaleFencingTokenException.class, ConcurrencyFailureException.class);
        assertThat(ledger()).isEmpty();
    }

    private void otherThreadGuards(FencingToken token) {
        try {
            others.submit(() -> guard(resource, token)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception ex) {
            throw new IllegalStateException(ex);
        }
    }

    @ParameterizedTest
    @EnumSource
    void twoLeadersWritesNeverInterleave(Isolation isolation) throws Exception {
        Assumptions.assumeTrue(readsTheLatest(isolation), "the winner may read from an older snapshot");
        AtomicBoolean goOn = new AtomicBoolean(true);
        int written = 0;
        try {
            Future<Integer> loser = others.submit(() -> writeUntilRefused(isolation, older, goOn));
            await().atMost(Duration.ofSeconds(PATIENCE_SECONDS)).until(() -> !ledger().isEmpty());
            Future<Integer> winner = others.submit(() -> writeUntilRefused(isolation, newer, goOn));
            // The one that ends by itself comes first: if it fails, nobody ever refuses the other one.
            written += winner.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            written += loser.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } finally {
            goOn.set(false);
        }
        List<Long> lines = ledger();
        assertThat(lines).isSorted().hasSize(written).startsWith(9L).endsWith(10L);
    }

    /** The older one until it is refused, the newer one a few times. */
    private int writeUntilRefused(Isolation isolation, FencingToken token, AtomicBoolean goOn) {
        int written = 0;
        while (goOn.get() && (token.equals(older) || written < 10)) {
            try {
                guardedWrite(isolation, token);
                written++;
            } catch (ConcurrencyFailureException again) {
                // Begins anew.
            } catch (StaleFencingTokenException refused) {
                return written;
            }
        }
        return written;
    }

    // --------------------------------------------------------------------------------------------------- other callers

    @Test
    void guardsByItselfForWhoHasNoTransaction() {
        Fence alone = fence.inOwnTransaction();
        alone.guard(resource, newer);
        assertThat(stored()).isEqualTo(10);
        assertThatExceptionOfType(StaleFencingTokenException.class).isThrownBy(() -> alone.guard(resource, older));
        assertThatExceptionOfType(IllegalTransactionStateException.class)
                .isThrownBy(() -> inTransaction().executeWithoutResult(status -> alone.guard(resource, newer)));
    }

    @Test
    void namesTheTableThatIsMissing() {
        JdbcFence lost = new JdbcFence(dataSource, dialect(), "no_such_table", Duration.ofSeconds(10));
        assertThatExceptionOfType(MissingFenceTableException.class)
                .isThrownBy(lost::verifyTable)
                .withMessageContaining("'no_such_table'")
                .withMessageContaining("schema-" + dialect().id() + ".sql");
        assertThatExceptionOfType(MissingFenceTableException.class)
                .isThrownBy(() -> inTransaction().executeWithoutResult(status -> lost.guard(resource, newer)));
        fence.verifyTable();
    }

    @Test
    void knowsItsDatabase() {
        assertThat(JdbcDialect.of(dataSource)).isEqualTo(dialect());
    }
}
