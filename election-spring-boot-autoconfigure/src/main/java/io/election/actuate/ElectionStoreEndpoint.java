package io.election.actuate;

import io.election.ReplicatedStore;
import io.election.StoredValue;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.Selector.Match;

/**
 * Shows the values of the replicated store as this member has them. Values are an application's data, so nobody may read them here
 * unless the application allows it.
 */
@Endpoint(id = "electionstore", defaultAccess = Access.NONE)
public class ElectionStoreEndpoint {

    /** The most names in one answer. */
    static final int MOST_NAMES = 1000;

    private final @Nullable ReplicatedStore store;

    /**
     * Creates the endpoint.
     *
     * @param store the store, or {@code null} if the application has none, and nothing is found
     */
    public ElectionStoreEndpoint(@Nullable ReplicatedStore store) {
        this.store = store;
    }

    /**
     * The names of the values, sorted.
     *
     * @param after only names behind this one; for the next part, the last name of the part before
     * @return up to {@value #MOST_NAMES} names, or {@code null} if the application has no store
     */
    @ReadOperation
    public @Nullable StoreDescriptor store(@Nullable String after) {
        ReplicatedStore read = store;
        if (read == null) {
            return null;
        }
        long index = read.appliedIndex();
        List<String> all = List.copyOf(read.names());
        List<String> behind = all.stream()
                .filter(name -> after == null || name.compareTo(after) > 0)
                .limit(MOST_NAMES + 1L)
                .toList();
        boolean more = behind.size() > MOST_NAMES;
        return new StoreDescriptor(index, all.size(), more ? behind.subList(0, MOST_NAMES) : behind, more);
    }

    /**
     * One value.
     *
     * @param name its name, which may contain slashes
     * @return the value, or {@code null} if there is none
     */
    @ReadOperation
    public @Nullable ValueDescriptor value(@Selector(match = Match.ALL_REMAINING) String... name) {
        ReplicatedStore read = store;
        if (read == null) {
            return null;
        }
        StoredValue<byte[]> stored =
                read.value(String.join("/", name), byte[].class).get();
        byte[] bytes = stored.value();
        if (bytes == null) {
            return null;
        }
        Duration age = stored.age();
        String text = text(bytes);
        return new ValueDescriptor(
                stored.name(),
                text,
                text == null ? Base64.getEncoder().encodeToString(bytes) : null,
                bytes.length,
                stored.version(),
                stored.index(),
                stored.generation(),
                age == null ? null : age.toString());
    }

    /** Values that are JSON, and other texts, are shown as they are stored. */
    private static @Nullable String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException binary) {
            return null;
        }
    }

    /**
     * The names of the store's values.
     *
     * @param appliedIndex up to where this member has applied the log, at least
     * @param count how many values there are
     * @param names their names, sorted
     * @param more whether there are more names behind the last one
     */
    public record StoreDescriptor(long appliedIndex, int count, List<String> names, boolean more) {}

    /**
     * One value.
     *
     * @param name its name
     * @param value the value as it is stored, which usually is JSON; {@code null} if it is no text
     * @param base64 the stored bytes if they are no text, otherwise {@code null}
     * @param size how many bytes it has
     * @param version the index of the entry that wrote it
     * @param appliedIndex up to where this member has applied the log, at least
     * @param generation the generation of the cluster
     * @param age how long ago this member last knew that it had applied everything committed; {@code null} if it has not since its
     *     start
     */
    public record ValueDescriptor(
            String name,
            @Nullable String value,
            @Nullable String base64,
            int size,
            long version,
            long appliedIndex,
            long generation,
            @Nullable String age) {}
}
