package io.election.fencing;

import io.election.FencingToken;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.BadSqlGrammarException;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.IllegalTransactionStateException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * A fence in the database that is written to: one row for each resource, taken by {@link #guard} inside the caller's
 * transaction and kept until that ends. So two leaders' transactions on one resource come one after the other, and the one
 * with the lower token cannot commit after the other has.
 *
 * <p>The transaction is a Spring one on this very {@link DataSource}, of a {@code DataSourceTransactionManager} (or
 * {@code JdbcTransactionManager}) or of a {@code JpaTransactionManager} that exposes its connection. Without one, or in
 * one on another data source, a guard is an {@link IllegalTransactionStateException}. JTA is not supported.
 *
 * <p>Guard first, then read and write: what follows sees everything that earlier leaders have committed. If the transaction's
 * snapshot is too old for that (PostgreSQL from repeatable read on), the guard fails, and a new transaction may try again. On H2 this
 * holds at read committed only, its default. If a guard fails for whatever reason, the transaction can no longer commit, even if
 * the failure is caught.
 */
public final class JdbcFence implements Fence {

    /** The table's name unless another is given. */
    public static final String DEFAULT_TABLE = "election_fence";

    /** How long a guard waits for its row unless told otherwise, or the transaction has a timeout. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

    private static final Pattern TABLE =
            Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}(\\.[A-Za-z_][A-Za-z0-9_]{0,62})?");

    private final DataSource dataSource;
    private final JdbcDialect dialect;
    private final String table;
    private final JdbcTemplate jdbc;
    /** Knows whether a transaction is active. Begins one only for {@link #inOwnTransaction()}. */
    private final DataSourceTransactionManager transactions;

    /**
     * A fence in the table {@value #DEFAULT_TABLE}. The database is asked for its dialect.
     *
     * @param dataSource the one that the guarded transactions are on
     * @throws UnsupportedDatabaseException if there is no dialect for it
     */
    public JdbcFence(DataSource dataSource) {
        this(dataSource, JdbcDialect.of(dataSource), DEFAULT_TABLE, DEFAULT_TIMEOUT);
    }

    /**
     * A fence in that table.
     *
     * @param dataSource the one that the guarded transactions are on
     * @param dialect of its database
     * @param table name of the table, with or without a schema's name before it
     * @param timeout how long a guard waits for its row at most, in whole seconds; a transaction's own timeout goes before it
     */
    public JdbcFence(DataSource dataSource, JdbcDialect dialect, String table, Duration timeout) {
        if (!TABLE.matcher(table).matches()) {
            throw new IllegalArgumentException("table must be 'name' or 'schema.name' of letters, digits and"
                    + " underscores, 63 at most, but is '" + table + "'");
        }
        if (timeout.toSeconds() < 1 || timeout.toSeconds() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("timeout must be a second or longer, but is " + timeout);
        }
        // Transactions are bound to the target of such a proxy.
        DataSource target =
                dataSource instanceof TransactionAwareDataSourceProxy proxy ? proxy.getTargetDataSource() : null;
        this.dataSource = target == null ? dataSource : target;
        this.dialect = dialect;
        this.table = table;
        this.jdbc = new JdbcTemplate(this.dataSource);
        this.jdbc.setQueryTimeout((int) timeout.toSeconds());
        this.transactions = new DataSourceTransactionManager(this.dataSource);
    }

    /**
     * Checks that the table exists.
     *
     * @throws MissingFenceTableException if it does not, or does not have the columns
     */
    public void verifyTable() {
        try {
            jdbc.query("SELECT resource, token FROM " + table + " WHERE 1 = 0", (RowCallbackHandler) rows -> {});
        } catch (BadSqlGrammarException ex) {
            throw new MissingFenceTableException(table, dialect, ex);
        }
    }

    /**
     * Takes the resource's row for the rest of the transaction, and raises the token in it.
     *
     * @throws IllegalTransactionStateException outside a transaction on this data source, and in one that only reads
     * @throws MissingFenceTableException if there is no table
     * @throws org.springframework.dao.DataAccessException if the row cannot be locked: another transaction holds it for too long, or
     *     has changed it after this transaction's snapshot. A new transaction may try again
     */
    @Override
    public void guard(String resource, FencingToken token) {
        ResourceName.check(resource);
        try {
            requireTransaction();
            long current = take(resource, token.value());
            if (current > token.value()) {
                throw new StaleFencingTokenException(resource, token, new FencingToken(current));
            }
        } catch (BadSqlGrammarException ex) {
            throw forbidCommit(new MissingFenceTableException(table, dialect, ex));
        } catch (RuntimeException ex) {
            throw forbidCommit(ex);
        }
    }

    @Override
    public Optional<FencingToken> highestToken(String resource) {
        ResourceName.check(resource);
        return highest("SELECT token FROM " + table + " WHERE resource = ?", resource);
    }

    /**
     * The highest token that any resource in the table has seen until now, committed.
     *
     * @return the token, or empty if there is none
     * @throws MissingFenceTableException if there is no table
     */
    public Optional<FencingToken> highestToken() {
        return highest("SELECT MAX(token) FROM " + table);
    }

    private Optional<FencingToken> highest(String query, Object... arguments) {
        try {
            // The largest of no tokens is null.
            return jdbc.queryForList(query, Long.class, arguments).stream()
                    .filter(Objects::nonNull)
                    .findFirst()
                    .map(FencingToken::new);
        } catch (BadSqlGrammarException ex) {
            throw new MissingFenceTableException(table, dialect, ex);
        }
    }

    /**
     * This fence for callers without a transaction: each guard runs in one of its own, which is committed at once. It remembers the
     * token, but the work that follows is not in one step with the check.
     *
     * @return a fence with the same memory; an {@link IllegalTransactionStateException} inside a transaction
     */
    public Fence inOwnTransaction() {
        TransactionTemplate own = new TransactionTemplate(transactions);
        return new Fence() {
            @Override
            public void guard(String resource, FencingToken token) {
                if (TransactionSynchronizationManager.isActualTransactionActive()) {
                    throw new IllegalTransactionStateException(
                            "A transaction is active. Guard in it, with guard(), instead of in a separate one.");
                }
                own.executeWithoutResult(status -> JdbcFence.this.guard(resource, token));
            }

            @Override
            public Optional<FencingToken> highestToken(String resource) {
                return JdbcFence.this.highestToken(resource);
            }
        };
    }

    /**
     * Answers the resource's token as it is now, never below {@code presented} if that may pass.
     *
     * <p>The row is written even if its token stays the same: where a transaction reads from a snapshot, one whose snapshot
     * is from before then fails instead of going on with what it saw. Only statements that lock are used: a plain read
     * before the lock is had would take such a snapshot on MySQL.
     */
    private long take(String resource, long presented) {
        return switch (dialect) {
            case POSTGRESQL -> takeOnPostgres(resource, presented);
            case MYSQL, MARIADB -> takeOnMySql(resource, presented);
            case H2 -> takeOnH2(resource, presented);
        };
    }

    /** The row is locked also if the condition keeps it from being written. */
    private long takeOnPostgres(String resource, long presented) {
        int written = jdbc.update(
                "INSERT INTO " + table + " AS fence (resource, token) VALUES (?, ?) ON CONFLICT (resource)"
                        + " DO UPDATE SET token = EXCLUDED.token WHERE fence.token <= EXCLUDED.token",
                resource,
                presented);
        return written == 1 ? presented : locked(resource).get(0);
    }

    /**
     * The row is inserted before it is read. A locking read of a missing row locks the gap where it would be, and two transactions that
     * did so would wait for each other. The number of changed rows is not used, because drivers count differently.
     *
     * <p>The token is set to one less and then raised by one, because MySQL writes no row whose values stay the same, and the
     * same token is presented often. With several primaries (Galera, group replication) the row's lock is known to one of them
     * only; two transactions conflict there if both have changed the row, and the second to commit is rolled back. One that
     * changed nothing would commit after a later leader's.
     */
    private long takeOnMySql(String resource, long presented) {
        jdbc.update(
                "INSERT INTO " + table + " (resource, token) VALUES (?, ?)"
                        + " ON DUPLICATE KEY UPDATE token = GREATEST(token, ?) - 1",
                resource,
                presented - 1,
                presented);
        jdbc.update("UPDATE " + table + " SET token = token + 1 WHERE resource = ?", resource);
        return locked(resource).get(0);
    }

    private long takeOnH2(String resource, long presented) {
        List<Long> row = locked(resource);
        if (row.isEmpty()) {
            try {
                jdbc.update("INSERT INTO " + table + " (resource, token) VALUES (?, ?)", resource, presented);
                return presented;
            } catch (DuplicateKeyException ex) {
                row = locked(resource);
                if (row.isEmpty()) {
                    throw new ConcurrencyFailureException(
                            "The row of '" + resource + "' was made after this transaction's snapshot", ex);
                }
            }
        }
        if (row.get(0) <= presented) {
            jdbc.update("UPDATE " + table + " SET token = ? WHERE resource = ?", presented, resource);
        }
        return Math.max(row.get(0), presented);
    }

    /** The token, if there is a row: the one that was committed last, not that of a snapshot. */
    private List<Long> locked(String resource) {
        return jdbc.queryForList("SELECT token FROM " + table + " WHERE resource = ? FOR UPDATE", Long.class, resource);
    }

    private void requireTransaction() {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalTransactionStateException(
                    "A JdbcFence guards the transaction that it is called in, but there"
                            + " is none; call guard inside a @Transactional method or a TransactionTemplate.");
        }
        if (!managesTransaction()) {
            throw new IllegalTransactionStateException("The transaction that a JdbcFence was called in is not on the"
                    + " fence's data source; guard inside a transaction of the transaction manager of that data source"
                    + " (JDBC, or JPA with its connection exposed; JTA is not supported).");
        }
        if (TransactionSynchronizationManager.isCurrentTransactionReadOnly()) {
            throw new IllegalTransactionStateException(
                    "A JdbcFence was called in a read-only transaction; it has to write its token.");
        }
        boolean autoCommit = Boolean.TRUE.equals(
                jdbc.execute((ConnectionCallback<Boolean>) connection -> connection.getAutoCommit()));
        if (autoCommit) {
            throw new IllegalTransactionStateException(
                    "A JdbcFence was called in a transaction whose connection commits"
                            + " every statement by itself (auto-commit); it could not keep its row.");
        }
    }

    /**
     * Whether a transaction manager bound this data source's connection. A connection that was merely used during another
     * data source's transaction is bound too, but by nobody who will commit it.
     */
    private boolean managesTransaction() {
        Object bound = TransactionSynchronizationManager.getResource(dataSource);
        if (!(bound instanceof ConnectionHolder holder)) {
            return false;
        }
        // JPA's is not marked as synchronized; that of somebody who merely used the data source is.
        return !holder.isSynchronizedWithTransaction() || participates();
    }

    private boolean participates() {
        try {
            transactions.getTransaction(new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_MANDATORY));
            return true;
        } catch (IllegalTransactionStateException ex) {
            return false;
        }
    }

    /** A caller that catches the failure and continues must not commit unguarded work. */
    private static RuntimeException forbidCommit(RuntimeException failure) {
        if (!TransactionSynchronizationManager.isSynchronizationActive()) {
            return failure;
        }
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void beforeCommit(boolean readOnly) {
                if (failure instanceof StaleFencingTokenException stale) {
                    throw stale;
                }
                throw new UnexpectedRollbackException("Rolled back, because a guard in it failed", failure);
            }
        });
        return failure;
    }
}
