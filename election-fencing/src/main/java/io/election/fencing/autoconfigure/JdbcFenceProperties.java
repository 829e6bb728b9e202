package io.election.fencing.autoconfigure;

import io.election.fencing.JdbcFence;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.sql.init.DatabaseInitializationMode;

/**
 * The fence in a database.
 *
 * @param dataSource Name of the data source bean that is guarded. By default the only one, or the primary one.
 * @param platform What the database is: 'postgresql', 'mysql', 'mariadb' or 'h2'. By default the database is asked.
 * @param table Table that keeps the tokens, with or without a schema's name before it.
 * @param initializeSchema When the table is created, if there is none: 'always', 'embedded' for an embedded database only, or
 *     'never'.
 * @param schema Script that creates the table; '@@platform@@' stands for what the database is.
 * @param timeout How long a guard waits for its row at most, in whole seconds, unless its transaction has a timeout.
 */
@ConfigurationProperties("election.fencing.jdbc")
record JdbcFenceProperties(
        @Nullable String dataSource,
        @Nullable String platform,
        @DefaultValue(JdbcFence.DEFAULT_TABLE) String table,
        @DefaultValue("embedded") DatabaseInitializationMode initializeSchema,
        @DefaultValue(DEFAULT_SCHEMA) String schema,
        @DefaultValue("10s") Duration timeout) {

    static final String DEFAULT_SCHEMA = "classpath:io/election/fencing/schema-@@platform@@.sql";
}
