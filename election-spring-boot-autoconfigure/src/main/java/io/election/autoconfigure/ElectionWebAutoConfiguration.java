package io.election.autoconfigure;

import io.election.peer.HttpPeerTransport;
import io.election.peer.PeerTransport;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/** Lets the peers share the server of a servlet application, by a filter in front of all others. */
@AutoConfiguration(after = ElectionAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass({Filter.class, FilterRegistrationBean.class})
@ConditionalOnBean(value = ElectionRuntime.class, search = SearchStrategy.CURRENT)
@ImportRuntimeHints(PeerUpgradeHints.class)
public final class ElectionWebAutoConfiguration {

    @Bean
    ServletServer electionServletServer(Environment environment) {
        return new ServletServer(environment);
    }

    @Bean
    FilterRegistrationBean<Filter> electionPeerFilter(
            Mode mode, ElectionProperties properties, PeerTransport transport) {
        boolean shared = sharesServer(mode, properties, transport);
        Filter filter = shared ? new PeerFilter((HttpPeerTransport) transport) : new PassingFilter();
        FilterRegistrationBean<Filter> registration = new FilterRegistrationBean<>(filter);
        registration.setName("electionPeerFilter");
        registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
        registration.addUrlPatterns(properties.peer().path() + "/*");
        registration.setDispatcherTypes(DispatcherType.REQUEST);
        registration.setAsyncSupported(true);
        registration.setEnabled(shared);
        return registration;
    }

    /** A container runs no filter for a path to which no servlet is mapped. */
    @Bean
    ServletRegistrationBean<HttpServlet> electionPeerServlet(
            Mode mode, ElectionProperties properties, PeerTransport transport, ServletServer server) {
        ServletRegistrationBean<HttpServlet> registration = new ServletRegistrationBean<>(
                new UnreachedServlet(), properties.peer().path() + "/*");
        registration.setName("electionPeerServlet");
        registration.setEnabled(sharesServer(mode, properties, transport) && server.leavesPathsUnmapped());
        return registration;
    }

    private static boolean sharesServer(Mode mode, ElectionProperties properties, PeerTransport transport) {
        return mode instanceof Mode.Clustered
                && properties.peer().port() == null
                && transport instanceof HttpPeerTransport;
    }

    /** The filter answers every request before this servlet is reached. */
    private static final class UnreachedServlet extends HttpServlet {

        private static final long serialVersionUID = 1L;
    }

    /** Never registered: a disabled registration needs a filter, too. */
    private static final class PassingFilter implements Filter {

        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws java.io.IOException, jakarta.servlet.ServletException {
            chain.doFilter(request, response);
        }
    }
}
