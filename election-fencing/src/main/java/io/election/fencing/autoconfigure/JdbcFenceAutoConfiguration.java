package io.election.fencing.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import io.election.fencing.JdbcDialect;
import io.election.fencing.JdbcFence;
import io.election.fencing.MissingFenceTableException;
import io.election.fencing.UnsupportedDatabaseException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.init.DataSourceScriptDatabaseInitializer;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.io.ResourceLoader;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * A fence in the application's database. It is created when something needs it: an application that does not use it needs neither a
 * table nor a choice of data source.
 */
@AutoConfiguration(after = DataSourceAutoConfiguration.class)
@ConditionalOnClass({JdbcTemplate.class, DataSourceScriptDatabaseInitializer.class})
@ConditionalOnBean(DataSource.class)
@EnableConfigurationProperties(JdbcFenceProperties.class)
@ImportRuntimeHints(FenceSchemaHints.class)
public final class JdbcFenceAutoConfiguration {

    private static final String PREFIX = "election.fencing.jdbc.";

    @Bean
    @Lazy
    @DependsOnDatabaseInitialization
    @ConditionalOnMissingBean
    JdbcFence electionJdbcFence(JdbcFenceProperties properties, ListableBeanFactory beans, ResourceLoader resources) {
        DataSource dataSource =
                ChosenBean.of(beans, DataSource.class, "data source", PREFIX + "data-source", properties.dataSource());
        JdbcDialect dialect = dialect(dataSource, properties.platform());
        JdbcFence fence = fence(properties, dataSource, dialect);
        new FenceSchema(dataSource, dialect, properties, resources).initializeDatabase();
        try {
            fence.verifyTable();
        } catch (MissingFenceTableException ex) {
            throw new InvalidElectionConfigurationException(
                    PREFIX + "table",
                    properties.table(),
                    "the database has no such table with the columns resource and token that this application may read",
                    "Create it with your migrations, from the script io/election/fencing/schema-" + dialect.id()
                            + ".sql in the jar, or set " + PREFIX + "initialize-schema=always.",
                    ex);
        }
        return fence;
    }

    private static JdbcFence fence(JdbcFenceProperties properties, DataSource dataSource, JdbcDialect dialect) {
        long seconds = properties.timeout().toSeconds();
        if (seconds < 1 || seconds > Integer.MAX_VALUE) {
            throw new InvalidElectionConfigurationException(
                    PREFIX + "timeout",
                    properties.timeout().toMillis() + "ms",
                    "database drivers count in whole seconds",
                    "Set it to one second or more, such as 10s.");
        }
        try {
            return new JdbcFence(dataSource, dialect, properties.table(), properties.timeout());
        } catch (IllegalArgumentException ex) {
            throw new InvalidElectionConfigurationException(
                    PREFIX + "table",
                    properties.table(),
                    String.valueOf(ex.getMessage()),
                    "Write it like election_fence or app.election_fence.",
                    ex);
        }
    }

    private static JdbcDialect dialect(DataSource dataSource, @Nullable String platform) {
        if (platform != null) {
            JdbcDialect dialect = JdbcDialect.ofId(platform);
            if (dialect == null) {
                throw new InvalidElectionConfigurationException(
                        PREFIX + "platform",
                        platform,
                        "there is no fence for that database",
                        "Set it to one of " + JdbcDialect.ids() + ".");
            }
            return dialect;
        }
        try {
            return JdbcDialect.of(dataSource);
        } catch (UnsupportedDatabaseException ex) {
            throw new InvalidElectionConfigurationException(
                    PREFIX + "platform",
                    null,
                    "the database calls itself '" + ex.getProductName() + "', for which there is no fence",
                    "If the database behaves like one of " + JdbcDialect.ids() + ", set " + PREFIX
                            + "platform to that one. Otherwise write a Fence of your own.",
                    ex);
        }
    }
}
