package io.election.fencing;

/** A database for which {@link JdbcFence} has no dialect. */
public final class UnsupportedDatabaseException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    private final String productName;

    UnsupportedDatabaseException(String productName) {
        super("The database calls itself '" + productName + "', but a JdbcFence supports only " + JdbcDialect.ids()
                + ".");
        this.productName = productName;
    }

    /**
     * What the database calls itself.
     *
     * @return the name that its driver gives
     */
    public String getProductName() {
        return productName;
    }
}
