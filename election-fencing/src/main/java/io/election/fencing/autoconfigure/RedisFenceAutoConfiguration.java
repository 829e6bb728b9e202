package io.election.fencing.autoconfigure;

import io.election.InvalidElectionConfigurationException;
import io.election.fencing.RedisFence;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

/** A fence in the application's Redis, created when something needs it. */
@AutoConfiguration(afterName = "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration")
@ConditionalOnClass(StringRedisTemplate.class)
@ConditionalOnBean(RedisConnectionFactory.class)
@EnableConfigurationProperties(RedisFenceProperties.class)
public final class RedisFenceAutoConfiguration {

    private static final String PREFIX = "election.fencing.redis.";

    @Bean
    @Lazy
    @ConditionalOnMissingBean
    RedisFence electionRedisFence(RedisFenceProperties properties, ListableBeanFactory beans) {
        RedisConnectionFactory connections = ChosenBean.of(
                beans,
                RedisConnectionFactory.class,
                "Redis connection factory",
                PREFIX + "connection-factory",
                properties.connectionFactory());
        try {
            return new RedisFence(connections, properties.keyPrefix());
        } catch (IllegalArgumentException ex) {
            throw new InvalidElectionConfigurationException(
                    PREFIX + "key-prefix",
                    properties.keyPrefix(),
                    String.valueOf(ex.getMessage()),
                    "Write it like " + RedisFence.DEFAULT_KEY_PREFIX + ".",
                    ex);
        }
    }
}
