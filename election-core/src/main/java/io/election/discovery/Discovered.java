package io.election.discovery;

import io.election.discovery.MemberDiscovery.Address;
import java.time.Duration;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the addresses of possible members, at one instant.
 *
 * @param state how the latest question ended
 * @param addresses those of the latest answer, however old it is; none before the first one
 * @param name the fully qualified name under which they were found, or {@code null}
 * @param age how long ago that answer came; {@code null} before the first one
 * @param maxAge for how long a cache on the way may have given that answer although it was no longer true; {@code null} before
 *     the first one
 * @param problem why there is nobody, or why the latest question failed, as a clause for people; {@code null} where addresses
 *     were found
 */
public record Discovered(
        State state,
        SortedSet<Address> addresses,
        @Nullable String name,
        @Nullable Duration age,
        @Nullable Duration maxAge,
        @Nullable String problem) {

    /** How the latest question ended. */
    public enum State {
        /** None has ended yet. */
        NOT_ASKED,
        /** There are addresses. */
        FOUND,
        /** The service answered that there is nobody. */
        NOBODY,
        /** The service did not answer. The addresses are those of its latest answer. */
        FAILED
    }

    public Discovered {
        addresses = Collections.unmodifiableSortedSet(new TreeSet<>(addresses));
    }
}
