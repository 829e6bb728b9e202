package io.election.node;

import io.election.core.FoundingSettings;
import io.election.core.GatheringSettings;
import io.election.discovery.DiscoverySettings;
import io.election.discovery.MemberDiscovery;
import io.election.discovery.MemberDiscovery.Address;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a member finds the others where none are listed.
 *
 * @param source what is asked for addresses
 * @param cache for how long an answer is used once the member knows a leader and reaches all others; asked about once a second before
 * @param longestAge the most that counts of {@link MemberDiscovery.Answer#maxAge()}: what a name server says may be far longer
 *     than any cache on the way keeps it
 * @param https whether members are reached by https
 * @param prefix the path before the members' own in their urls, such as a context path; empty for none
 * @param own where the others reach this member, or {@code null} if that is the address among those found at which it answers itself
 * @param client where clients reach a member, with {@code *} in the place of its host, or {@code null} if that is not known
 */
public record Finding(
        MemberDiscovery source,
        Duration cache,
        Duration longestAge,
        boolean https,
        String prefix,
        @Nullable URI own,
        @Nullable String client) {

    public Finding {
        if (cache.isNegative() || cache.isZero()) {
            throw new IllegalArgumentException("cache must be longer than 0, but is " + cache);
        }
        if (longestAge.isNegative()) {
            throw new IllegalArgumentException("longestAge must not be negative, but is " + longestAge);
        }
    }

    /**
     * How members that find each other found their cluster.
     *
     * @param discovery how they find each other
     * @param electionTimeout the election timeout
     * @param forgets whether they keep their memory in memory
     * @return what the election has to know of it
     */
    public static FoundingSettings founding(DiscoverySettings discovery, Duration electionTimeout, boolean forgets) {
        return FoundingSettings.discovered(
                new GatheringSettings(
                        discovery.expected(),
                        discovery.standalone(),
                        discovery.stableMargin(electionTimeout),
                        discovery.founds()),
                forgets);
    }

    /**
     * Where the member at an address is reached by others.
     *
     * @param address an address
     * @return its url, or {@code null} if the address makes none
     */
    public @Nullable URI url(Address address) {
        if (address.url() != null) {
            return address.url();
        }
        return url((https ? "https" : "http") + "://" + authority(address.host()) + ":" + address.port() + prefix);
    }

    /**
     * Where clients reach a member.
     *
     * @param url where other members reach it
     * @return the url for clients, or {@code null} if that is not known
     */
    public @Nullable String clientUrl(URI url) {
        return client == null || url.getHost() == null ? null : client.replace("*", url.getHost());
    }

    private static String authority(String host) {
        return host.indexOf(':') < 0 ? host : "[" + host.replace("%", "%25") + "]";
    }

    private static @Nullable URI url(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            return null;
        }
    }
}
