package io.election.autoconfigure;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The names of this host. */
final class HostNames {

    private HostNames() {}

    /**
     * Asks the resolver, then the environment.
     *
     * @return the names without their domains, the likelier first; empty if nobody knows one
     */
    static List<String> ofThisHost() {
        Set<String> names = new LinkedHashSet<>();
        try {
            add(names, InetAddress.getLocalHost().getHostName());
        } catch (UnknownHostException ex) {
            // The environment may still know it.
        }
        add(names, System.getenv("HOSTNAME"));
        add(names, System.getenv("COMPUTERNAME"));
        return new ArrayList<>(names);
    }

    private static void add(Set<String> names, @Nullable String name) {
        if (name != null && !name.isBlank()) {
            int dot = name.indexOf('.');
            names.add(dot > 0 ? name.substring(0, dot) : name);
        }
    }
}
