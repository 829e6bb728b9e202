package io.election.fencing;

import io.election.FencingToken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.ClusterSlotHashUtil;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * A fence in Redis. Each call is one script, which Redis runs atomically: it compares the tokens, remembers the higher one, and only
 * then writes. Tokens are compared as numbers, exactly, over all values of a {@code long}.
 *
 * <p>The fence of a resource {@code orders} is the key <code>election:fence:{orders}</code>, which never expires. A key
 * written through the fence has to be in the same slot of a Redis Cluster: name it <code>{orders}:last</code>, or name the
 * resource like the key. That is checked on a single server too, so that moving to a cluster changes nothing.
 *
 * <p>It is no more durable than Redis. Redis answers before its replicas have the write, so a failover can lose the latest token.
 * So can a restart without an append-only file that is synced at every write, and an eviction policy that removes keys without
 * expiry. Where that must not happen, fence in a database.
 */
@SuppressWarnings("rawtypes") // A script's type is given as a class.
public final class RedisFence implements Fence {

    /** What keys begin with unless told otherwise. */
    public static final String DEFAULT_KEY_PREFIX = "election:";

    private static final String DONE = "done";
    private static final String STALE = "stale";

    /**
     * Decimal numbers without leading zeros: the longer one is higher, of two equally long ones the later in the alphabet.
     * Lua's own numbers are exact up to 2^53 only. The fence is raised before anything else is written, so a script that
     * fails later has still fenced.
     */
    private static final String COMPARE = """
            local presented = ARGV[1]
            local current = redis.call('GET', KEYS[1])
            if current and not string.match(current, '^[1-9]%d*$') then
              return redis.error_reply('ERR ' .. KEYS[1] .. ' holds no fencing token')
            end
            if current and (#current > #presented or (#current == #presented and current > presented)) then
              return {'stale', current}
            end
            if current ~= presented then
              redis.call('SET', KEYS[1], presented)
            end
            """;

    /** The answer is a list of two: whether it was done, and what came of it. */
    private static final RedisScript<List> GUARD = script("return {'done', '1'}");

    private static final RedisScript<List> SET = script("""
            if ARGV[3] then
              redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
            else
              redis.call('SET', KEYS[2], ARGV[2])
            end
            return {'done', '1'}
            """);

    private static final RedisScript<List> DELETE = script("return {'done', tostring(redis.call('DEL', KEYS[2]))}");

    /** A higher token takes the key from its owner. The same token gets it only if it is free, or already its owner's. */
    private static final RedisScript<List> ACQUIRE = script("""
            local owner = redis.call('GET', KEYS[2])
            if owner and owner ~= ARGV[2] and current == presented then
              return {'done', '0'}
            end
            redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
            return {'done', '1'}
            """);

    private static final RedisScript<List> RELEASE = script("""
            if redis.call('GET', KEYS[2]) ~= ARGV[2] then
              return {'done', '0'}
            end
            redis.call('DEL', KEYS[2])
            return {'done', '1'}
            """);

    /** Empty where there is no token. */
    private static final RedisScript<List> HIGHEST =
            new DefaultRedisScript<>("return {redis.call('GET', KEYS[1]) or ''}", List.class);

    private final StringRedisTemplate redis;
    private final String keyPrefix;

    /**
     * A fence whose keys begin with {@value #DEFAULT_KEY_PREFIX}.
     *
     * @param connections to a single server or a cluster
     */
    public RedisFence(RedisConnectionFactory connections) {
        this(connections, DEFAULT_KEY_PREFIX);
    }

    /**
     * A fence whose keys begin like that.
     *
     * @param connections to a single server or a cluster
     * @param keyPrefix what the fences' keys begin with; visible ASCII without braces, or empty
     */
    public RedisFence(RedisConnectionFactory connections, String keyPrefix) {
        if (!keyPrefix.isEmpty()) {
            ResourceName.check("keyPrefix", keyPrefix);
        }
        this.redis = new StringRedisTemplate(connections);
        this.keyPrefix = keyPrefix;
    }

    private static RedisScript<List> script(String afterComparing) {
        return new DefaultRedisScript<>(COMPARE + afterComparing, List.class);
    }

    /**
     * Remembers the token, for example before a leader's first write. Later writes have to go through the fence.
     *
     * @throws IllegalStateException inside MULTI or a pipeline, where Redis gives no answer yet
     */
    @Override
    public void guard(String resource, FencingToken token) {
        call(GUARD, resource, token, null);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException inside MULTI or a pipeline, where Redis gives no answer yet, and if the key holds no token
     */
    @Override
    public Optional<FencingToken> highestToken(String resource) {
        ResourceName.check(resource);
        List<?> answer = redis.execute(HIGHEST, List.of(fenceKey(resource)));
        if (answer == null || answer.size() != 1) {
            throw new IllegalStateException(
                    "A RedisFence was called inside MULTI or a pipeline, where Redis answers only at the"
                            + " end. Call it outside.");
        }
        String held = String.valueOf(answer.get(0));
        if (held.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new FencingToken(Long.parseLong(held)));
        } catch (IllegalArgumentException ex) {
            throw new IllegalStateException("The key '" + fenceKey(resource) + "' holds no fencing token", ex);
        }
    }

    /**
     * Writes a key.
     *
     * @param resource what the key belongs to
     * @param token the writer's token
     * @param key the key itself, in the resource's slot: <code>{resource}...</code>
     * @param value its new value
     * @throws StaleFencingTokenException if the resource has seen a higher token; the key is as it was
     */
    public void set(String resource, FencingToken token, String key, String value) {
        call(SET, resource, token, checked(resource, key), value);
    }

    /**
     * Writes a key that expires.
     *
     * @param resource what the key belongs to
     * @param token the writer's token
     * @param key the key itself, in the resource's slot: <code>{resource}...</code>
     * @param value its new value
     * @param timeToLive how long it lives, a millisecond or longer
     * @throws StaleFencingTokenException if the resource has seen a higher token; the key is as it was
     */
    public void set(String resource, FencingToken token, String key, String value, Duration timeToLive) {
        call(SET, resource, token, checked(resource, key), value, millis("timeToLive", timeToLive));
    }

    /**
     * Deletes a key.
     *
     * @param resource what the key belongs to
     * @param token the writer's token
     * @param key the key itself, in the resource's slot: <code>{resource}...</code>
     * @return whether it was there
     * @throws StaleFencingTokenException if the resource has seen a higher token; the key is as it was
     */
    public boolean delete(String resource, FencingToken token, String key) {
        return call(DELETE, resource, token, checked(resource, key));
    }

    /**
     * Takes or renews the resource's ownership, a key that names its owner until the lease runs out. A higher token takes
     * it from its owner. With the same token there is one owner at a time.
     *
     * @param resource what is owned
     * @param token the owner's token
     * @param owner who owns it from now on
     * @param lease for how long, a millisecond or longer
     * @return whether {@code owner} owns it now
     * @throws StaleFencingTokenException if the resource has seen a higher token
     */
    public boolean acquire(String resource, FencingToken token, String owner, Duration lease) {
        return call(ACQUIRE, resource, token, ownerKey(resource), owner, millis("lease", lease));
    }

    /**
     * Gives the ownership up before its lease runs out.
     *
     * @param resource what is owned
     * @param token the owner's token
     * @param owner who owns it
     * @return whether it was {@code owner}'s until now
     * @throws StaleFencingTokenException if the resource has seen a higher token
     */
    public boolean release(String resource, FencingToken token, String owner) {
        return call(RELEASE, resource, token, ownerKey(resource), owner);
    }

    /**
     * Who owns the resource now.
     *
     * @param resource what is owned
     * @return the owner, or empty if nobody has acquired it, or its lease has run out
     */
    public Optional<String> owner(String resource) {
        ResourceName.check(resource);
        return Optional.ofNullable(redis.opsForValue().get(ownerKey(resource)));
    }

    private String fenceKey(String resource) {
        return keyPrefix + "fence:{" + resource + "}";
    }

    private String ownerKey(String resource) {
        return keyPrefix + "owner:{" + resource + "}";
    }

    private static String millis(String name, Duration duration) {
        if (duration.toMillis() < 1) {
            throw new IllegalArgumentException(name + " must be a millisecond or longer, but is " + duration);
        }
        return Long.toString(duration.toMillis());
    }

    private boolean call(
            RedisScript<List> script, String resource, FencingToken token, @Nullable String key, String... arguments) {
        ResourceName.check(resource);
        List<String> keys = new ArrayList<>(List.of(fenceKey(resource)));
        if (key != null) {
            keys.add(key);
        }
        List<Object> values = new ArrayList<>(List.of(token.toString()));
        values.addAll(List.of(arguments));
        List<?> answer = redis.execute(script, keys, values.toArray());
        if (answer == null || answer.size() != 2) {
            throw new IllegalStateException(
                    "A RedisFence was called inside MULTI or a pipeline, where Redis answers only at the"
                            + " end. Call it outside.");
        }
        String value = String.valueOf(answer.get(1));
        if (STALE.equals(answer.get(0))) {
            throw new StaleFencingTokenException(resource, token, new FencingToken(Long.parseLong(value)));
        }
        return DONE.equals(answer.get(0)) && value.equals("1");
    }

    private String checked(String resource, String key) {
        ResourceName.check(resource);
        String fence = fenceKey(resource);
        if (key.isEmpty() || ClusterSlotHashUtil.calculateSlot(key) != ClusterSlotHashUtil.calculateSlot(fence)) {
            throw new IllegalArgumentException(
                    "The key '" + key + "' is not in the hash slot of its resource's fence. Name it"
                            + " like the resource, or let it begin with '{" + resource + "}'.");
        }
        if (key.equals(fence) || key.equals(ownerKey(resource))) {
            throw new IllegalArgumentException(
                    "The key '" + key + "' is used by the fence itself. Choose another one.");
        }
        return key;
    }
}
