package io.election.fencing;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;

class RedisClusterFenceTests extends RedisFenceContract {

    @Override
    LettuceConnectionFactory connections() {
        return Redises.cluster();
    }

    /** The server that the other tests here run against does refuse what a cluster refuses. */
    @Test
    void theServerIsAClusterIndeed() {
        assertThatExceptionOfType(DataAccessException.class)
                .isThrownBy(() -> new StringRedisTemplate(connections())
                        .execute(RedisScript.of("return 1", Long.class), List.of("{a}", "{b}")))
                .havingRootCause()
                .withMessageContaining("slot");
    }
}
