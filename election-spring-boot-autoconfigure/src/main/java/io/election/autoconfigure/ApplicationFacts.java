package io.election.autoconfigure;

import io.election.discovery.MemberDiscovery;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the application has besides its settings, as far as that decides how members find each other.
 *
 * @param hasServer whether it has a servlet server that the members can share
 * @param discovery its own discovery, or {@code null} if it has none
 * @param certificateNames the names that its certificate for mutual TLS gives, asked for only if that is used
 */
record ApplicationFacts(
        boolean hasServer, @Nullable MemberDiscovery discovery, Supplier<List<String>> certificateNames) {

    /** An application that has nothing. */
    static final ApplicationFacts NONE = new ApplicationFacts(false, null, List::of);
}
