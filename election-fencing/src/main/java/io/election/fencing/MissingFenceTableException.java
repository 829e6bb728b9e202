package io.election.fencing;

/** The table of a {@link JdbcFence} does not exist, or does not have its columns. */
public final class MissingFenceTableException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    private final String table;

    MissingFenceTableException(String table, JdbcDialect dialect, Throwable cause) {
        super(
                "There is no table '" + table
                        + "' with the columns resource and token that this connection may use. Create it with the"
                        + " script io/election/fencing/schema-" + dialect.id() + ".sql.",
                cause);
        this.table = table;
    }

    /**
     * The table.
     *
     * @return its name, as set
     */
    public String getTable() {
        return table;
    }
}
