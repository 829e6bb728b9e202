package io.election.autoconfigure;

import io.election.actuate.ConsoleEndpoint;
import io.election.actuate.ElectionEndpoint;
import io.election.core.LogKeys;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.expose.EndpointExposure;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.EndpointAccessResolver;
import org.springframework.boot.actuate.endpoint.EndpointFilter;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.web.ExposableWebEndpoint;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoint;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ImportRuntimeHints;

/**
 * The page of the election, where an actuator exposes it over HTTP. Whether it is wanted is read at each start: a condition would be
 * decided by ahead-of-time processing.
 */
@AutoConfiguration(after = {ElectionAutoConfiguration.class, ElectionEndpointAutoConfiguration.class})
@ConditionalOnClass({Endpoint.class, ConditionalOnAvailableEndpoint.class})
@ConditionalOnBean(ElectionRuntime.class)
@ImportRuntimeHints(ElectionConsoleAutoConfiguration.Page.class)
public final class ElectionConsoleAutoConfiguration {

    private static final EndpointId ELECTION = EndpointId.of("election");
    private static final EndpointId CONSOLE = EndpointId.of(ConsoleEndpoint.ID);

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnAvailableEndpoint(endpoint = ConsoleEndpoint.class, exposure = EndpointExposure.WEB)
    ConsoleEndpoint electionConsoleEndpoint(
            ObjectProvider<PathMappedEndpoints> endpoints, ObjectProvider<EndpointAccessResolver> access) {
        return new ConsoleEndpoint(() -> {
            PathMappedEndpoint election = endpoint(endpoints, ELECTION);
            PathMappedEndpoint console = endpoint(endpoints, CONSOLE);
            EndpointAccessResolver resolver = access.getIfAvailable();
            return new ConsoleEndpoint.Place(
                    console == null ? ConsoleEndpoint.ID : console.getRootPath(),
                    election == null ? null : election.getRootPath(),
                    resolver != null && resolver.accessFor(ELECTION, Access.READ_ONLY) == Access.UNRESTRICTED);
        });
    }

    /** Where the page is not wanted, there is no such endpoint. */
    @Bean
    EndpointFilter<ExposableWebEndpoint> electionConsoleFilter(ElectionProperties properties) {
        boolean wanted = properties.console().enabled();
        return endpoint -> wanted || !endpoint.getEndpointId().equals(CONSOLE);
    }

    private static @Nullable PathMappedEndpoint endpoint(ObjectProvider<PathMappedEndpoints> endpoints, EndpointId id) {
        PathMappedEndpoints all = endpoints.getIfAvailable();
        return all == null ? null : all.getEndpoint(id);
    }

    /** A page that was asked for and is not there, or has nothing to show, would be looked for in vain. */
    @Bean
    SmartInitializingSingleton electionConsoleCheck(
            Mode mode,
            ElectionProperties properties,
            ObjectProvider<ConsoleEndpoint> console,
            ObjectProvider<ElectionEndpoint> election) {
        return () -> {
            if (!properties.console().enabled()) {
                return;
            }
            if (console.getIfAvailable() == null) {
                warn(mode, ConsoleEndpoint.ID);
            } else if (election.getIfAvailable() == null) {
                warn(mode, ELECTION.toLowerCaseString());
            }
        };
    }

    private static void warn(Mode mode, String missing) {
        LoggerFactory.getLogger(ElectionConsoleAutoConfiguration.class)
                .atWarn()
                .addKeyValue(LogKeys.CLUSTER, mode.cluster())
                .addKeyValue(LogKeys.NODE, mode.nodeId())
                .log(
                        "election.console.enabled is true, but the endpoint '{}' is not exposed over HTTP, so there is no console."
                                + " Add it to management.endpoints.web.exposure.include: election,electionconsole.",
                        missing);
    }

    /** The page's files, for a native image. */
    static final class Page implements RuntimeHintsRegistrar {

        @Override
        public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
            hints.resources().registerPattern("io/election/actuate/console/*");
        }
    }
}
