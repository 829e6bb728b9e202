package io.election.discovery;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What resolv.conf(5) says: whom to ask, and for which names.
 *
 * @param servers the name servers, in their order
 * @param search the domains in which a name is looked for
 * @param dots from how many dots on a name is looked for as it is first
 * @param overTcp whether all is asked over TCP
 */
record ResolverConfiguration(List<InetSocketAddress> servers, List<String> search, int dots, boolean overTcp) {

    static final Path FILE = Path.of("/etc/resolv.conf");

    /** A machine that has no such file, and a name that is looked for as it is. */
    static final ResolverConfiguration NONE = new ResolverConfiguration(List.of(), List.of(), 1, false);

    private static final int PORT = 53;
    private static final int MOST_DOTS = 15;

    ResolverConfiguration {
        servers = List.copyOf(servers);
        search = List.copyOf(search);
    }

    /**
     * Reads it.
     *
     * @throws IOException if it cannot be read
     */
    static ResolverConfiguration read(Path file) throws IOException {
        List<InetSocketAddress> servers = new ArrayList<>();
        List<String> search = List.of();
        int dots = 1;
        boolean overTcp = false;
        for (String line : Files.readAllLines(file)) {
            List<String> words = List.of(line.trim().split("\\s+"));
            List<String> values = words.subList(1, words.size());
            switch (words.get(0).toLowerCase(Locale.ROOT)) {
                case "nameserver" -> {
                    if (!values.isEmpty() && isAddress(values.get(0))) {
                        servers.add(new InetSocketAddress(address(values.get(0)), PORT));
                    }
                }
                case "search", "domain" -> search = values;
                case "options" -> {
                    for (String option : values) {
                        if (option.matches("ndots:[0-9]{1,2}")) {
                            dots = Math.min(MOST_DOTS, Integer.parseInt(option.substring("ndots:".length())));
                        } else if (option.equals("use-vc")) {
                            overTcp = true;
                        }
                    }
                }
                default -> {
                    // Comments, and what only other programs need.
                }
            }
        }
        return new ResolverConfiguration(servers, search, dots, overTcp);
    }

    /** A name in the place of an address would itself have to be looked up. */
    static boolean isAddress(String text) {
        return text.indexOf(':') >= 0 || text.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    }

    private static InetAddress address(String text) throws IOException {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new IOException("the name server " + text + " is no address", e);
        }
    }

    /** The names to ask for, in their order, without the dot at their end. One that ends with a dot is asked for alone. */
    List<String> namesFor(String name) {
        if (name.endsWith(".")) {
            return List.of(name.substring(0, name.length() - 1));
        }
        Set<String> names = new LinkedHashSet<>();
        boolean asItIsFirst = name.chars().filter(c -> c == '.').count() >= dots;
        if (asItIsFirst) {
            names.add(name);
        }
        for (String domain : search) {
            String bare = domain.endsWith(".") ? domain.substring(0, domain.length() - 1) : domain;
            String qualified = bare.isEmpty() ? name : name + "." + bare;
            if (DnsDiscovery.isHost(qualified)) {
                names.add(qualified);
            }
        }
        names.add(name);
        return List.copyOf(names);
    }
}
