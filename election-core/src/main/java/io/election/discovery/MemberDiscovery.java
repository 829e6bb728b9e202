package io.election.discovery;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Knows the addresses at which members may be reached. An application may bring one of its own, for example one that asks a
 * registry of services or a platform.
 *
 * <p>It is asked again and again, by one thread at a time that does nothing else ({@link DiscoveryWatch}), and may block. It
 * need not remember anything: what was found last is kept for it while it fails.
 */
@FunctionalInterface
public interface MemberDiscovery {

    /**
     * Asks for the addresses now.
     *
     * @return all that there are; never a part of them
     * @throws IOException if that cannot be found out now, or only in part; the message is shown to people, as a clause without
     *     a full stop
     * @throws InterruptedException if the thread is interrupted, because the member stops
     */
    Answer find() throws IOException, InterruptedException;

    /**
     * What is asked, as it is called in sentences for people.
     *
     * @return such as {@code 'orders-headless' in DNS}
     */
    default String describe() {
        return getClass().getName();
    }

    /** What the service said. */
    sealed interface Answer {

        /**
         * For how long a cache between this member and the service may have given this answer although it was no longer true.
         *
         * @return zero if nothing is cached on the way
         */
        Duration maxAge();
    }

    /**
     * There are addresses.
     *
     * @param addresses all of them, at least one, sorted
     * @param name the name under which they were found, fully qualified, or {@code null} if they have none
     * @param maxAge as {@link Answer#maxAge()} says
     */
    record Found(SortedSet<Address> addresses, @Nullable String name, Duration maxAge) implements Answer {

        public Found {
            if (addresses.isEmpty()) {
                throw new IllegalArgumentException("addresses must not be empty; where there are none, answer Nobody");
            }
            addresses = sorted(addresses);
            checkAge(maxAge);
        }

        /**
         * Addresses of which nothing else is known.
         *
         * @param addresses all of them, at least one
         */
        public Found(Collection<Address> addresses) {
            this(sorted(addresses), null, Duration.ZERO);
        }
    }

    /**
     * The service answered, and there is nobody.
     *
     * @param reason why, as a clause for people without a full stop
     * @param maxAge as {@link Answer#maxAge()} says
     */
    record Nobody(String reason, Duration maxAge) implements Answer {

        public Nobody {
            checkAge(maxAge);
        }
    }

    /**
     * Where a member may be reached. Two addresses may lead to the same member.
     *
     * @param host a name, or the text of an IP address without brackets
     * @param port the port for other members
     * @param url the url for other members, where the service knows one; {@code null} where it is made of host and port
     */
    record Address(String host, int port, @Nullable URI url) implements Comparable<Address> {

        private static final Comparator<Address> ORDER = Comparator.comparing(Address::host)
                .thenComparingInt(Address::port)
                .thenComparing(address -> String.valueOf(address.url()));

        public Address {
            if (host.isBlank() || host.startsWith("[")) {
                throw new IllegalArgumentException(
                        "host must be a name or an IP address without brackets, but is '" + host + "'");
            }
            if (port < 1 || port > 65_535) {
                throw new IllegalArgumentException("port must be from 1 to 65535, but is " + port);
            }
        }

        /**
         * An address without a url.
         *
         * @param host a name, or the text of an IP address without brackets
         * @param port the port for other members
         */
        public Address(String host, int port) {
            this(host, port, null);
        }

        @Override
        public int compareTo(Address other) {
            return ORDER.compare(this, other);
        }

        @Override
        public String toString() {
            return url != null ? url.toString() : (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
        }
    }

    private static SortedSet<Address> sorted(Collection<Address> addresses) {
        return Collections.unmodifiableSortedSet(new TreeSet<>(addresses));
    }

    private static void checkAge(Duration maxAge) {
        if (maxAge.isNegative()) {
            throw new IllegalArgumentException("maxAge must not be negative, but is " + maxAge);
        }
    }
}
