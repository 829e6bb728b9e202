package io.election.fencing.autoconfigure;

import io.election.fencing.JdbcDialect;
import io.election.fencing.JdbcFence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.boot.jdbc.init.DataSourceScriptDatabaseInitializer;
import org.springframework.boot.sql.init.DatabaseInitializationSettings;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.Resource;
import org.springframework.core.io.ResourceLoader;
import org.springframework.dao.DataAccessException;

/**
 * Makes the fence's table; our own script makes it under the name that is set. Boot's
 * {@code PropertiesBasedDataSourceScriptDatabaseInitializer} does not fit: it reads scripts in the JVM's default encoding, chooses
 * the platform by the driver and not by the dialect that the fence uses, and would add {@code continue-on-error}, by which a
 * start without the table would pass.
 */
final class FenceSchema extends DataSourceScriptDatabaseInitializer {

    private final JdbcFenceProperties properties;

    FenceSchema(DataSource dataSource, JdbcDialect dialect, JdbcFenceProperties properties, ResourceLoader resources) {
        super(dataSource, settings(dialect, properties));
        this.properties = properties;
        setResourceLoader(resources);
    }

    private static DatabaseInitializationSettings settings(JdbcDialect dialect, JdbcFenceProperties properties) {
        DatabaseInitializationSettings settings = new DatabaseInitializationSettings();
        settings.setSchemaLocations(List.of(properties.schema().replace("@@platform@@", dialect.id())));
        settings.setMode(properties.initializeSchema());
        settings.setEncoding(StandardCharsets.UTF_8);
        return settings;
    }

    @Override
    protected void runScripts(Scripts scripts) {
        if (!properties.schema().equals(JdbcFenceProperties.DEFAULT_SCHEMA)) {
            super.runScripts(scripts);
            return;
        }
        List<Resource> renamed = new ArrayList<>();
        for (Resource script : scripts) {
            renamed.add(renamed(script));
        }
        Scripts ours = new Scripts(renamed).encoding(StandardCharsets.UTF_8);
        try {
            super.runScripts(ours);
        } catch (DataAccessException ex) {
            // Members start together. On PostgreSQL only one of those that make a table at the same time succeeds, in
            // spite of IF NOT EXISTS; the others fail once it is there.
            runAgain(ours, ex);
        }
    }

    private void runAgain(Scripts scripts, DataAccessException first) {
        try {
            super.runScripts(scripts);
        } catch (DataAccessException ex) {
            ex.addSuppressed(first);
            throw ex;
        }
    }

    private Resource renamed(Resource script) {
        try {
            String text = script.getContentAsString(StandardCharsets.UTF_8);
            return new ByteArrayResource(
                    text.replace(JdbcFence.DEFAULT_TABLE, properties.table()).getBytes(StandardCharsets.UTF_8),
                    script.getDescription());
        } catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }
}
