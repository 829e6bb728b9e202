package io.election.peer;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where each member is reached: where the node says ({@link PeerTransport#contact}), and where the configuration does. A url that
 * cannot be one is left out. So is one without TLS where this member's own has it: nobody may talk the others out of it.
 */
final class PeerUrls {

    private final PeerSettings settings;
    private final Map<String, List<URI>> contacts = new ConcurrentHashMap<>();

    PeerUrls(PeerSettings settings) {
        this.settings = settings;
    }

    /** A member is reached at the first of these at which it answers; with none, where the configuration says. */
    void contact(String member, List<String> urls) {
        List<URI> good = new ArrayList<>();
        for (String url : urls) {
            URI read = settings.readUrl(url);
            if (read != null && !good.contains(read)) {
                good.add(read);
            }
        }
        if (good.isEmpty()) {
            contacts.remove(member);
        } else {
            URI listed = settings.urls().get(member);
            if (listed != null && !good.contains(listed)) {
                good.add(listed);
            }
            contacts.put(member, List.copyOf(good));
        }
    }

    /** Whether more is known of a member than the configuration says. */
    boolean isContact(String member) {
        return contacts.containsKey(member);
    }

    /** Where to call a member, the first choice first; empty where nothing is known. */
    List<URI> urls(String member) {
        List<URI> said = contacts.get(member);
        if (said != null) {
            return said;
        }
        URI listed = settings.urls().get(member);
        return listed == null ? List.of() : List.of(listed);
    }

    /** Only the configuration counts from now on. */
    void clear() {
        contacts.clear();
    }
}
