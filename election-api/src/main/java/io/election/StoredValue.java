package io.election;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A value of the {@link ReplicatedStore} as it was at one index of the log, with what is known of its age.
 *
 * @param name its name
 * @param value the value, or {@code null} if there is none under this name
 * @param version the index of the entry that wrote it, for {@link ReplicatedValue#compareAndSet}; 0 if there is none
 * @param index up to where this member had applied the log, at least
 * @param generation the generation of the cluster, which rises when the cluster is founded anew with an empty memory; 0 before the
 *     first entry
 * @param age how long ago this member last knew that it had applied everything that was committed; zero for a linearizable read, and
 *     {@code null} if it has not known since its start
 * @param <T> the type of the value
 */
public record StoredValue<T>(
        String name,
        @Nullable T value,
        long version,
        long index,
        long generation,
        @Nullable Duration age) {

    /**
     * Whether there is a value under this name.
     *
     * @return {@code true} if there is one
     */
    public boolean isPresent() {
        return value != null;
    }

    /**
     * The value, if there is one.
     *
     * @return the value, or empty
     */
    public Optional<T> asOptional() {
        return Optional.ofNullable(value);
    }
}
