package io.election.discovery;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds members under a name in DNS, such as that of a headless service on Kubernetes. It needs the library {@value #LIBRARY}
 * on the class path.
 *
 * <p>A name that begins with an underscore is asked for SRV records, which name hosts with ports. Any other is asked for A
 * and AAAA records, and all members have the port that this one has. Where {@code java.net.preferIPv4Stack} is set, the JVM
 * could not call an address of IPv6, and only A records are asked for.
 *
 * <p>The name servers, and the domains in which a name without a dot at its end is looked for, are those of
 * {@code /etc/resolv.conf}, which is read at each question. A name that was found in one of the domains is asked for in that
 * domain alone from then on: it is the name of the cluster's members, and the same name in another domain is another one.
 *
 * <p>The JVM's own lookups are not used. They tell no failure from a name that does not exist, keep what they found for as
 * long as the JVM says, and know nothing of ports. An answer that was cut is asked for again over TCP, and never taken for a
 * whole one. What is not known for sure is a failure: if the A records are answered and the AAAA records are not, or if
 * nobody says whether a name exists in the domain that comes first.
 */
public final class DnsDiscovery implements MemberDiscovery {

    /** What an application that uses this class needs on its class path. */
    public static final String LIBRARY = "dnsjava:dnsjava";

    private static final int LONGEST_NAME = 253;
    private static final int LONGEST_LABEL = 63;
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?");

    private static final long FIRST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final String name;
    private final int port;
    private final List<InetSocketAddress> servers;
    private final Path resolvConf;
    private final DnsClient client;
    private final List<DnsKind> kinds;

    /** The fully qualified name that was found first. */
    private volatile @Nullable String qualified;

    /** The longest time for which a cache was allowed to keep an answer about the name, in seconds. */
    private long longestSeconds;

    /**
     * Asks the name servers of this machine.
     *
     * @param name a name, with a dot at its end if it is fully qualified
     * @param port the port of the members under it; not used for a name that begins with an underscore
     * @throws IllegalArgumentException if that is no name, or there is no such port
     * @throws IllegalStateException if {@value #LIBRARY} is not on the class path
     */
    public DnsDiscovery(String name, int port) {
        this(name, port, List.of());
    }

    /**
     * Asks other name servers, for example one of a registry of services.
     *
     * @param name a name, with a dot at its end if it is fully qualified
     * @param port the port of the members under it; not used for a name that begins with an underscore
     * @param servers whom to ask, in this order; those of this machine if there are none
     * @throws IllegalArgumentException if that is no name, or there is no such port
     * @throws IllegalStateException if {@value #LIBRARY} is not on the class path
     */
    public DnsDiscovery(String name, int port, List<InetSocketAddress> servers) {
        this(name, port, servers, ResolverConfiguration.FILE, FIRST_WAIT_NANOS);
    }

    DnsDiscovery(String name, int port, List<InetSocketAddress> servers, Path resolvConf, long firstWaitNanos) {
        if (!isName(name)) {
            throw new IllegalArgumentException("name must be one that DNS knows, but is '" + name + "'");
        }
        if (!namesPorts(name) && (port < 1 || port > 65_535)) {
            throw new IllegalArgumentException("port must be from 1 to 65535, but is " + port);
        }
        if (!isAvailable(DnsDiscovery.class.getClassLoader())) {
            throw new IllegalStateException("Looking up '" + name + "' needs the library " + LIBRARY
                    + ", version 3.6 or later, on the class path. Add it, or find the members by another"
                    + " MemberDiscovery");
        }
        this.name = name;
        this.port = port;
        this.servers = List.copyOf(servers);
        this.resolvConf = resolvConf;
        this.client = new DnsClient(firstWaitNanos);
        this.kinds = namesPorts(name)
                ? List.of(DnsKind.SRV)
                : Boolean.getBoolean("java.net.preferIPv4Stack")
                        ? List.of(DnsKind.A)
                        : List.of(DnsKind.A, DnsKind.AAAA);
    }

    /**
     * Whether a text can be looked up.
     *
     * @param name a text
     * @return whether it consists of labels of at most 63 letters, digits, dashes and underscores, with dots between them, perhaps
     *     with a dot at its end, and is not the text of an IP address
     */
    public static boolean isName(String name) {
        String bare = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        return isHost(bare) && !ResolverConfiguration.isAddress(bare);
    }

    /** Whether a text is labels of up to 63 letters, digits, dashes and underscores, 253 characters together. */
    static boolean isHost(String text) {
        if (text.isEmpty() || text.length() > LONGEST_NAME) {
            return false;
        }
        for (String label : text.split("\\.", -1)) {
            if (label.length() > LONGEST_LABEL || !LABEL.matcher(label).matches()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether the library that speaks with name servers, {@value #LIBRARY}, is on the class path.
     *
     * @param loader sees what the application has
     * @return whether names can be looked up
     */
    public static boolean isAvailable(ClassLoader loader) {
        try {
            Class.forName("org.xbill.DNS.io.IoClientFactory", false, loader);
            return true;
        } catch (ClassNotFoundException | LinkageError missing) {
            return false;
        }
    }

    /**
     * Whether the records under a name have ports of their own.
     *
     * @param name a name
     * @return whether it begins with an underscore
     */
    public static boolean namesPorts(String name) {
        return name.startsWith("_");
    }

    @Override
    public String describe() {
        return "'" + name + "' in DNS";
    }

    @Override
    public Answer find() throws IOException {
        ResolverConfiguration machine = machine();
        List<InetSocketAddress> asked = servers.isEmpty() ? machine.servers() : servers;
        if (asked.isEmpty()) {
            throw new IOException("no name server is named in " + resolvConf);
        }
        String known = qualified;
        List<String> names = known == null ? machine.namesFor(name) : List.of(known);
        List<String> without = new ArrayList<>();
        for (String candidate : names) {
            SortedSet<Address> addresses = new TreeSet<>();
            boolean exists = false;
            for (DnsKind kind : kinds) {
                DnsAnswer answer = client.ask(asked, machine.overTcp(), candidate, kind);
                exists |= answer.exists();
                DnsAnswer.Said said = answer.said(port);
                longestSeconds = Math.max(longestSeconds, said.seconds());
                addresses.addAll(said.addresses());
            }
            if (!addresses.isEmpty()) {
                qualified = candidate;
                return new Found(addresses, candidate, maxAge());
            }
            without.add("'" + candidate + "' " + (exists ? withoutRecords() : "does not exist"));
        }
        return new Nobody(String.join(", and ", without), maxAge());
    }

    private String withoutRecords() {
        return namesPorts(name) ? "has no SRV records" : "has no addresses";
    }

    private ResolverConfiguration machine() throws IOException {
        if (!servers.isEmpty() && !Files.exists(resolvConf)) {
            return ResolverConfiguration.NONE;
        }
        try {
            return ResolverConfiguration.read(resolvConf);
        } catch (IOException e) {
            throw new IOException("the file " + resolvConf + ", which names the name servers, cannot be read: " + e, e);
        }
    }

    private Duration maxAge() {
        return Duration.ofSeconds(longestSeconds);
    }
}
