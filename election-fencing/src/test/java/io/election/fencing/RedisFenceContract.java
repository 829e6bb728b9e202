package io.election.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.election.FencingToken;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

/** What a fence in Redis does, on a single server and on a cluster. */
abstract class RedisFenceContract extends FenceContract {

    private static final Duration LONG = Duration.ofHours(1);

    private final String resource = "orders-" + UUID.randomUUID();
    private final String key = "{" + resource + "}:last";
    private final FencingToken older = new FencingToken(9);
    private final FencingToken newer = new FencingToken(10);

    private StringRedisTemplate redis;
    private RedisFence fence;

    abstract LettuceConnectionFactory connections();

    @BeforeEach
    void prepare() {
        redis = new StringRedisTemplate(connections());
        fence = new RedisFence(connections());
    }

    @Override
    void guard(String resource, FencingToken token) {
        new RedisFence(connections()).guard(resource, token);
    }

    private String value() {
        return redis.opsForValue().get(key);
    }

    @Test
    void tellsTheHighestTokenOfAResource() {
        assertThat(fence.highestToken(resource)).isEmpty();
        fence.guard(resource, older);
        fence.guard(resource, newer);
        assertThat(fence.highestToken(resource)).contains(newer);
        redis.opsForValue().set("election:fence:{" + resource + "}", "what is no token");
        assertThatIllegalStateException()
                .isThrownBy(() -> fence.highestToken(resource))
                .withMessageContaining("holds no fencing token");
    }

    @Test
    void keepsTheTokenInAKeyThatNeverExpires() {
        fence.guard(resource, newer);
        String stored = "election:fence:{" + resource + "}";
        assertThat(redis.opsForValue().get(stored)).isEqualTo("10");
        assertThat(redis.getExpire(stored)).isEqualTo(-1);
    }

    @Test
    void writesOnlyForWhoIsNotStale() {
        fence.set(resource, older, key, "old");
        assertThat(value()).isEqualTo("old");
        fence.set(resource, newer, key, "new");
        assertThatExceptionOfType(StaleFencingTokenException.class)
                .isThrownBy(() -> fence.set(resource, older, key, "late"));
        assertThatExceptionOfType(StaleFencingTokenException.class)
                .isThrownBy(() -> fence.set(resource, older, key, "late", LONG));
        assertThatExceptionOfType(StaleFencingTokenException.class)
                .isThrownBy(() -> fence.delete(resource, older, key));
        assertThat(value()).isEqualTo("new");
        assertThat(redis.getExpire(key)).isEqualTo(-1);
    }

    @Test
    void writesAKeyThatExpires() {
        fence.set(resource, newer, key, "1", LONG);
        assertThat(redis.getExpire(key, TimeUnit.SECONDS)).isBetween(1L, 3_600L);
        fence.set(resource, newer, key, "2", Duration.ofMillis(1));
        await().atMost(Duration.ofMinutes(1)).until(() -> value() == null);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fence.set(resource, newer, key, "3", Duration.ofNanos(999_999)))
                .withMessageContaining("timeToLive");
    }

    @Test
    void deletesAndSaysWhetherThereWasSomething() {
        fence.set(resource, older, key, "old");
        assertThat(fence.delete(resource, newer, key)).isTrue();
        assertThat(fence.delete(resource, newer, key)).isFalse();
        assertThat(value()).isNull();
        assertThatExceptionOfType(StaleFencingTokenException.class)
                .isThrownBy(() -> fence.set(resource, older, key, "late"));
    }

    @Test
    void ownershipIsHadByOneAtATime() {
        assertThat(fence.owner(resource)).isEmpty();
        assertThat(fence.acquire(resource, older, "a", LONG)).isTrue();
        assertThat(fence.acquire(resource, older, "b", LONG)).isFalse();
        assertThat(fence.acquire(resource, older, "a", LONG)).as("renewed").isTrue();
        assertThat(fence.owner(resource)).contains("a");
        assertThat(fence.release(resource, older, "b")).isFalse();
        assertThat(fence.release(resource, older, "a")).isTrue();
        assertThat(fence.release(resource, older, "a")).isFalse();
        assertThat(fence.acquire(resource, older, "b", LONG)).isTrue();
    }

    @Test
    void aHigherTokenTakesTheOwnershipBeforeItsLeaseHasRunOut() {
        assertThat(fence.acquire(resource, older, "a", LONG)).isTrue();
        assertThat(fence.acquire(resource, newer, "b", LONG)).isTrue();
        assertThatExceptionOfType(StaleFencingTokenException.class)
                .isThrownBy(() -> fence.acquire(resource, older, "a", LONG));
        assertThatExceptionOfType(StaleFencingTokenException.class)
                .isThrownBy(() -> fence.release(resource, older, "b"));
        assertThat(fence.owner(resource)).contains("b");
    }

    @Test
    void ownershipEndsWithItsLeaseButTheFenceStays() {
        assertThat(fence.acquire(resource, newer, "a", Duration.ofMillis(1))).isTrue();
        await().atMost(Duration.ofMinutes(1)).until(() -> fence.owner(resource).isEmpty());
        assertThatExceptionOfType(StaleFencingTokenException.class)
                .isThrownBy(() -> fence.acquire(resource, older, "b", LONG));
        assertThat(fence.acquire(resource, newer, "b", LONG)).isTrue();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fence.acquire(resource, newer, "b", Duration.ZERO))
                .withMessageContaining("lease");
    }

    @Test
    void racingWritersLeaveTheHigherOnesValue() throws Exception {
        ExecutorService writers = Executors.newFixedThreadPool(2);
        try {
            Future<Integer> late = writers.submit(() -> writeUntilRefused(older));
            await().atMost(Duration.ofMinutes(1)).until(() -> value() != null);
            for (int i = 0; i < 50; i++) {
                fence.set(resource, newer, key, "newer-" + i);
            }
            assertThat(late.get(60, TimeUnit.SECONDS)).isPositive();
            assertThat(value()).isEqualTo("newer-49");
        } finally {
            writers.shutdownNow();
        }
    }

    private int writeUntilRefused(FencingToken token) {
        for (int written = 0; ; written++) {
            try {
                fence.set(resource, token, key, "older-" + written);
            } catch (StaleFencingTokenException refused) {
                return written;
            }
        }
    }

    @Test
    void takesOnlyKeysOfTheResourcesSlot() {
        for (String elsewhere : List.of("last", "{other}:last", resource + ":last", "")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> fence.set(resource, newer, elsewhere, "x"))
                    .withMessageContaining("'{" + resource + "}'");
        }
        fence.set(resource, newer, resource, "named like the resource");
        for (String own : List.of("election:fence:{" + resource + "}", "election:owner:{" + resource + "}")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> fence.set(resource, newer, own, "x"))
                    .withMessageContaining("is used by the fence itself");
        }
    }

    @Test
    void keepsFencesOfTwoPrefixesApart() {
        fence.guard(resource, newer);
        new RedisFence(connections(), "other:").guard(resource, older);
        new RedisFence(connections(), "").guard(resource, older);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RedisFence(connections(), "{x}"))
                .withMessageContaining("keyPrefix");
    }

    @Test
    void saysIfItsKeyHoldsSomethingElse() {
        for (String junk : List.of("abc", "", "-5", "007", "1.5")) {
            redis.opsForValue().set("election:fence:{" + resource + "}", junk);
            assertThatExceptionOfType(DataAccessException.class)
                    .isThrownBy(() -> fence.set(resource, newer, key, "x"))
                    .havingRootCause()
                    .withMessageContaining("holds no fencing token");
            assertThat(value()).isNull();
        }
    }
}
