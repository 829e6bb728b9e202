package io.election.fencing.autoconfigure;

import io.election.fencing.RedisFence;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The fence in Redis.
 *
 * @param connectionFactory Name of the connection factory bean. By default the only one, or the primary one.
 * @param keyPrefix What the fence's keys begin with.
 */
@ConfigurationProperties("election.fencing.redis")
record RedisFenceProperties(
        @Nullable String connectionFactory,
        @DefaultValue(RedisFence.DEFAULT_KEY_PREFIX) String keyPrefix) {}
