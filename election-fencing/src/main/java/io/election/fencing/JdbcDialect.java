package io.election.fencing;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;

/** The databases that {@link JdbcFence} knows. They differ in how a row is inserted that another transaction may be inserting too. */
public enum JdbcDialect {

    /** PostgreSQL, and databases that claim to be PostgreSQL. */
    POSTGRESQL("PostgreSQL"),

    /** MySQL with InnoDB. */
    MYSQL("MySQL"),

    /** MariaDB with InnoDB. */
    MARIADB("MariaDB"),

    /** H2. */
    H2("H2");

    private final String productName;

    JdbcDialect(String productName) {
        this.productName = productName;
    }

    /**
     * Asks the database what it is.
     *
     * @param dataSource gives a connection
     * @return its dialect
     * @throws UnsupportedDatabaseException if there is no dialect for it
     * @throws DataAccessException if the database cannot be asked
     */
    public static JdbcDialect of(DataSource dataSource) {
        String name = new JdbcTemplate(dataSource).execute((ConnectionCallback<String>)
                connection -> String.valueOf(connection.getMetaData().getDatabaseProductName()));
        for (JdbcDialect dialect : values()) {
            if (dialect.productName.equalsIgnoreCase(name)) {
                return dialect;
            }
        }
        throw new UnsupportedDatabaseException(String.valueOf(name));
    }

    /**
     * The dialect of that id.
     *
     * @param id such as {@code postgresql}, in any case
     * @return the dialect, or {@code null} if there is none
     */
    public static @Nullable JdbcDialect ofId(String id) {
        return Arrays.stream(values())
                .filter(dialect -> dialect.id().equalsIgnoreCase(id))
                .findFirst()
                .orElse(null);
    }

    /**
     * Short name, as in the name of the schema script.
     *
     * @return such as {@code postgresql}
     */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * All ids.
     *
     * @return {@code postgresql, mysql, ...}
     */
    public static String ids() {
        return Arrays.stream(values()).map(JdbcDialect::id).collect(Collectors.joining(", "));
    }
}
