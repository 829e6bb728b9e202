package io.election.fencing;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.election.FencingToken;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.RedisOperations;
import org.springframework.data.redis.core.SessionCallback;
import org.springframework.data.redis.core.StringRedisTemplate;

class RedisFenceTests extends RedisFenceContract {

    @Override
    LettuceConnectionFactory connections() {
        return Redises.single();
    }

    /** Redis answers nothing before EXEC: a guard there must not look like one that has let through. */
    @Test
    void isAnErrorInsideMulti() {
        StringRedisTemplate redis = new StringRedisTemplate(connections());
        redis.execute(new SessionCallback<Object>() {
            @Override
            public <K, V> Object execute(RedisOperations<K, V> session) throws DataAccessException {
                session.multi();
                assertThatIllegalStateException()
                        .isThrownBy(() -> new RedisFence(connections()).guard("multi", new FencingToken(1)))
                        .withMessageContaining("MULTI");
                session.discard();
                return null;
            }
        });
    }
}
