package io.election.fencing.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.origin.Origin;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * Explains wrong settings. Comes before Boot's analyzers, which would only report that a property could not be bound. The election's
 * wiring depends on this module, so this analyzer explains its settings, too.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class InvalidElectionConfigurationFailureAnalyzer
        extends AbstractFailureAnalyzer<InvalidElectionConfigurationException> {

    private final @Nullable Environment environment;

    InvalidElectionConfigurationFailureAnalyzer(@Nullable Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, InvalidElectionConfigurationException cause) {
        Origin origin = origin(cause.getProperty());
        String description = cause.getDescription();
        return new FailureAnalysis(
                origin == null ? description : description + " (It is set in " + origin + ".)",
                cause.getAction(),
                cause);
    }

    private @Nullable Origin origin(String property) {
        if (environment == null) {
            return null;
        }
        ConfigurationPropertyName name = ConfigurationPropertyName.ofIfValid(property);
        if (name == null) {
            return null;
        }
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            var found = source.getConfigurationProperty(name);
            if (found != null) {
                return found.getOrigin();
            }
        }
        return null;
    }
}
