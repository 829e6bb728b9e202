package io.election.fencing.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import io.election.fencing.FencedPath;
import io.election.fencing.FencingTokenFilter;
import java.util.ArrayList;
import java.util.List;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.util.pattern.PatternParseException;

/** The filter with which a service refuses requests of former leaders. Needs no election in the service itself. */
@AutoConfiguration(after = {JdbcFenceAutoConfiguration.class, RedisFenceAutoConfiguration.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass({OncePerRequestFilter.class, FilterRegistrationBean.class})
@EnableConfigurationProperties(HttpFenceProperties.class)
public final class HttpFenceFilterAutoConfiguration {

    private static final String PREFIX = "election.fencing.http.";

    /** After security, whose filter is at -100: an unauthorized caller must not raise a token. */
    private static final int ORDER = 0;

    @Bean
    FilterRegistrationBean<FencingTokenFilter> electionFencingTokenFilter(
            HttpFenceProperties properties, ListableBeanFactory beans) {
        List<FencedPath> paths = paths(properties.guards());
        FilterRegistrationBean<FencingTokenFilter> registration =
                new FilterRegistrationBean<>(new FencingTokenFilter(new FenceMemory(beans).of(properties), paths));
        registration.setName("electionFencingTokenFilter");
        registration.setOrder(ORDER);
        registration.setEnabled(!paths.isEmpty());
        return registration;
    }

    private static List<FencedPath> paths(List<HttpFenceProperties.Guard> guards) {
        List<FencedPath> paths = new ArrayList<>();
        for (HttpFenceProperties.Guard guard : guards) {
            String property = PREFIX + "guards[" + paths.size() + "].";
            String path = guard.path();
            String resource = guard.resource();
            if (path == null || !path.startsWith("/")) {
                throw new InvalidElectionConfigurationException(
                        property + "path",
                        path,
                        "a guard needs the path of its requests, beginning with a slash",
                        "Write it like /orders/** or /accounts/{id}.");
            }
            if (resource == null) {
                throw new InvalidElectionConfigurationException(
                        property + "resource",
                        null,
                        "a guard needs the name of what its requests write to",
                        "Write it like orders or account-{id}.");
            }
            paths.add(path(property, guard, path, resource));
        }
        return paths;
    }

    private static FencedPath path(String property, HttpFenceProperties.Guard guard, String path, String resource) {
        try {
            return new FencedPath(path, guard.methods(), resource, guard.tokenRequired());
        } catch (PatternParseException ex) {
            throw new InvalidElectionConfigurationException(
                    property + "path", path, ex.toDetailedString(), "Write it like /orders/** or /accounts/{id}.", ex);
        } catch (IllegalArgumentException ex) {
            throw new InvalidElectionConfigurationException(
                    property + "resource",
                    resource,
                    String.valueOf(ex.getMessage()),
                    "Write it like orders or account-{id}.",
                    ex);
        }
    }
}
