package io.election.fencing;

import io.election.FencingToken;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * A fence for tests, and for what lives and dies with one process: it forgets everything when that ends, and no other
 * process sees it. Keeps one number for each resource ever named.
 */
public final class MemoryFence implements Fence {

    private final ConcurrentMap<String, Long> highest = new ConcurrentHashMap<>();

    @Override
    public Optional<FencingToken> highestToken(String resource) {
        ResourceName.check(resource);
        return Optional.ofNullable(highest.get(resource)).map(FencingToken::new);
    }

    @Override
    public void guard(String resource, FencingToken token) {
        ResourceName.check(resource);
        long current = highest.merge(resource, token.value(), Math::max);
        if (current > token.value()) {
            throw new StaleFencingTokenException(resource, token, new FencingToken(current));
        }
    }
}
