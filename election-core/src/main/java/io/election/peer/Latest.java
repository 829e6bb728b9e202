package io.election.peer;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of senders that are no members here: of the latest {@value #MOST} only. Whoever holds the secret can make up as
 * many ids as it likes.
 *
 * @param <V> what is remembered of one
 */
final class Latest<V> {

    static final int MOST = 64;

    private final Map<String, V> values = new LinkedHashMap<>(16, 0.75f, true);

    @Nullable V get(String sender) {
        return values.get(sender);
    }

    /**
     * Remembers a sender.
     *
     * @return what was remembered of the one that was heard of longest ago, which is forgotten for it, or {@code null}
     */
    @Nullable V put(String sender, V value) {
        values.put(sender, value);
        if (values.size() <= MOST) {
            return null;
        }
        String eldest = values.keySet().iterator().next();
        return values.remove(eldest);
    }

    void remove(String sender) {
        values.remove(sender);
    }

    int size() {
        return values.size();
    }
}
