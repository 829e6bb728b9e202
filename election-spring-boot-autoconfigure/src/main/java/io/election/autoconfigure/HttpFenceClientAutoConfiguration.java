package io.election.autoconfigure;

import io.election.Leadership;
import io.election.fencing.FencingTokenExchangeFilter;
import io.election.fencing.FencingTokenInterceptor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * What sends the token along with requests. The application adds it to the clients that call guarded services; added to
 * all, it would keep a member that does not lead from calling anybody.
 */
@AutoConfiguration(after = ElectionAutoConfiguration.class)
@ConditionalOnBean(Leadership.class)
public final class HttpFenceClientAutoConfiguration {

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(ClientHttpRequestInterceptor.class)
    static class Blocking {

        @Bean
        @ConditionalOnMissingBean
        FencingTokenInterceptor electionFencingTokenInterceptor(Leadership leadership) {
            return new FencingTokenInterceptor(leadership::fencingToken);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(WebClient.class)
    static class Reactive {

        @Bean
        @ConditionalOnMissingBean
        FencingTokenExchangeFilter electionFencingTokenExchangeFilter(Leadership leadership) {
            return new FencingTokenExchangeFilter(leadership::fencingToken);
        }
    }
}
