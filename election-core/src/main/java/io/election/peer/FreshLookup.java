package io.election.peer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Hashtable;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.DirContext;
import javax.naming.directory.InitialDirContext;

/**
 * Looks names up as the JVM does, and after a failed connection asks the name servers directly as well. The JVM keeps what it
 * found for 30 seconds, or for as long as {@code networkaddress.cache.ttl} says, which may be for ever, and offers no way around
 * its cache. The JDK's DNS provider for JNDI has none. What the servers say is tried first, then what the JVM knows.
 *
 * <p>Only DNS is asked: a name that comes from a hosts file or another service is followed once the JVM's own cache has
 * forgotten it. Search domains are those of {@code /etc/resolv.conf}. A JVM without the module {@code jdk.naming.dns} has its
 * cache only.
 */
final class FreshLookup implements AddressLookup {

    /** For the servers of this machine's own configuration. */
    static final String SYSTEM_SERVERS = "dns:";

    private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");
    private static final String[] KINDS = {"A", "AAAA"};
    private static final String FIRST_WAIT_MILLIS = "500";
    private static final String TRIES = "2";
    /** The servers are asked for one name no more often. */
    private static final long LEAST_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final String servers;
    private final Path resolvConf;
    private volatile boolean unavailable;
    /** As many as the members have hosts. */
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();

    /** What the servers said of a name. */
    private record Answer(long atNanos, List<InetAddress> addresses) {}

    /** Asks the machine's own name servers. */
    FreshLookup() {
        this(SYSTEM_SERVERS, RESOLV_CONF);
    }

    /**
     * Asks other name servers.
     *
     * @param servers as a url of JNDI, such as {@code dns://127.0.0.1:53}
     * @param resolvConf where the search domains are
     */
    FreshLookup(String servers, Path resolvConf) {
        this.servers = servers;
        this.resolvConf = resolvConf;
    }

    @Override
    public InetAddress[] find(String host, boolean anew) throws UnknownHostException {
        Set<InetAddress> found = new LinkedHashSet<>();
        if (anew && !isAddress(host)) {
            found.addAll(askAtMostOnceASecond(host));
        }
        try {
            found.addAll(Arrays.asList(InetAddress.getAllByName(host)));
        } catch (UnknownHostException ex) {
            if (found.isEmpty()) {
                throw ex;
            }
        }
        return found.toArray(new InetAddress[0]);
    }

    private static boolean isAddress(String host) {
        return host.startsWith("[") || host.indexOf(':') >= 0 || host.matches("[0-9.]+");
    }

    /** Without a lock, so that a name server that answers slowly holds up the lookups of one host only. */
    private List<InetAddress> askAtMostOnceASecond(String host) {
        Answer known = answers.get(host);
        if (known != null && System.nanoTime() - known.atNanos() < LEAST_INTERVAL_NANOS) {
            return known.addresses();
        }
        List<InetAddress> addresses = unavailable ? List.of() : ask(host);
        answers.put(host, new Answer(System.nanoTime(), addresses));
        return addresses;
    }

    private List<InetAddress> ask(String host) {
        Hashtable<String, String> environment = new Hashtable<>();
        environment.put("java.naming.factory.initial", "com.sun.jndi.dns.DnsContextFactory");
        environment.put("java.naming.provider.url", servers);
        environment.put("com.sun.jndi.dns.timeout.initial", FIRST_WAIT_MILLIS);
        environment.put("com.sun.jndi.dns.timeout.retries", TRIES);
        List<InetAddress> addresses = new ArrayList<>();
        try {
            DirContext context = new InitialDirContext(environment);
            try {
                for (String name : names(host)) {
                    for (String kind : KINDS) {
                        add(addresses, context, name, kind);
                    }
                    if (!addresses.isEmpty()) {
                        break;
                    }
                }
            } finally {
                context.close();
            }
        } catch (NamingException ex) {
            // No server, or no answer in time. The JVM's own lookup says what is wrong with the name.
        } catch (LinkageError ex) {
            unavailable = true;
        }
        return addresses;
    }

    private static void add(List<InetAddress> addresses, DirContext context, String name, String kind)
            throws NamingException {
        try {
            Attribute records = context.getAttributes(name, new String[] {kind}).get(kind);
            if (records != null) {
                NamingEnumeration<?> all = records.getAll();
                while (all.hasMore()) {
                    // The text of an address: nothing is looked up for it.
                    addresses.add(InetAddress.getByName(String.valueOf(all.next())));
                }
            }
        } catch (javax.naming.NameNotFoundException | UnknownHostException ex) {
            // Another kind of record, or another search domain, may be there.
        }
    }

    /** The names to ask for, as resolv.conf(5) says. */
    private List<String> names(String host) {
        if (host.endsWith(".")) {
            return List.of(host);
        }
        List<String> search = new ArrayList<>();
        int dots = 1;
        for (String line : resolvConf()) {
            String[] words = line.trim().split("\\s+");
            String what = words[0].toLowerCase(Locale.ROOT);
            if (what.equals("search") || what.equals("domain")) {
                search = List.of(words).subList(1, words.length);
            } else if (what.equals("options")) {
                for (String option : words) {
                    dots = option.matches("ndots:[0-9]{1,2}") ? Integer.parseInt(option.substring(6)) : dots;
                }
            }
        }
        List<String> names = new ArrayList<>();
        for (String domain : search) {
            names.add(host + "." + domain);
        }
        names.add(host.chars().filter(c -> c == '.').count() >= dots ? 0 : names.size(), host);
        return names;
    }

    private List<String> resolvConf() {
        try {
            return Files.readAllLines(resolvConf);
        } catch (IOException | RuntimeException ex) {
            // Not every system has one.
            return List.of();
        }
    }
}
