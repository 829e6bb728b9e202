package io.election.fencing;

/** A database that {@link JdbcFence} has no dialect for. */
public final class UnsupportedDatabaseException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    private final String productName;

    UnsupportedDatabaseException(String productName) {
        super("The database calls itself '" + productName + "'; a JdbcFence knows " + JdbcDialect.ids() + ".");
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
