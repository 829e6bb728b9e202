package io.election.fencing.autoconfigure;

import io.election.Leadership;
import io.election.fencing.FencingTokenExchangeFilter;
import io.election.fencing.FencingTokenInterceptor;
import org.springframework.beans.factory.ObjectFactory;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Sends the token along with requests, if there is a leadership that has one. The application adds the interceptor or filter to the
 * clients that call guarded services. On all clients, it would keep a member that does not lead from calling anybody. So each is
 * injected only where its own type is requested: {@code defaultCandidate = false} keeps it out of injected lists of interceptors or
 * filters, and a resolvable dependency is found by its exact type only.
 */
@AutoConfiguration(afterName = "io.election.autoconfigure.ElectionAutoConfiguration")
@ConditionalOnBean(Leadership.class)
public final class HttpFenceClientAutoConfiguration {

    private static <T> BeanFactoryPostProcessor injectedByItsOwnType(Class<T> type, String name) {
        return beans -> beans.registerResolvableDependency(type, (ObjectFactory<T>) () -> beans.getBean(name, type));
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(ClientHttpRequestInterceptor.class)
    @ConditionalOnMissingBean(FencingTokenInterceptor.class)
    static class Blocking {

        private static final String NAME = "electionFencingTokenInterceptor";

        @Bean(name = NAME, defaultCandidate = false)
        FencingTokenInterceptor electionFencingTokenInterceptor(Leadership leadership) {
            return new FencingTokenInterceptor(leadership);
        }

        @Bean
        static BeanFactoryPostProcessor electionFencingTokenInterceptorInjection() {
            return injectedByItsOwnType(FencingTokenInterceptor.class, NAME);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(WebClient.class)
    @ConditionalOnMissingBean(FencingTokenExchangeFilter.class)
    static class Reactive {

        private static final String NAME = "electionFencingTokenExchangeFilter";

        @Bean(name = NAME, defaultCandidate = false)
        FencingTokenExchangeFilter electionFencingTokenExchangeFilter(Leadership leadership) {
            return new FencingTokenExchangeFilter(leadership);
        }

        @Bean
        static BeanFactoryPostProcessor electionFencingTokenExchangeFilterInjection() {
            return injectedByItsOwnType(FencingTokenExchangeFilter.class, NAME);
        }
    }
}
