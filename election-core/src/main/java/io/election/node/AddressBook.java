package io.election.node;

import io.election.core.Contact;
import io.election.core.EnrolledMember;
import io.election.core.Membership;
import io.election.peer.PeerTransport;
import io.election.peer.PresenceQuestion;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Where each member is reached. It is called where it last announced itself, else where this member's list says, else where
 * discovery finds it, else where another member reaches it, else where the log says. What the log says may be stale for all members at once, and correcting it needs a
 * leader. Where one of these does not answer, the transport tries the next. Nothing that is safe depends on it: whoever answers
 * proves who it is.
 *
 * <p>Of those who are no members it knows the latest {@value #MOST_OTHERS}: who wants to join, and who was removed and is to be
 * told. Any thread may call it.
 */
final class AddressBook {

    /** As many members may want to join at a time. */
    static final int MOST_OTHERS = 64;

    private final String nodeId;
    private final Map<String, String> listed;
    private final Map<String, String> clientUrls;
    private final int priority;
    private volatile @Nullable Contact own;
    private final PeerTransport transport;
    private final Chronicle chronicle;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private Set<String> members;

    /** What is known of one besides the list. */
    private static final class Entry {

        private @Nullable Contact announced;
        private List<String> found = List.of();
        private @Nullable Contact heard;
        private @Nullable Contact logged;
        /** What the transport knows. */
        private List<String> told = List.of();
    }

    /** Begins with the list. */
    AddressBook(NodeSettings settings, PeerTransport transport, Chronicle chronicle) {
        this.nodeId = settings.election().nodeId();
        this.listed = settings.peerUrls();
        this.clientUrls = settings.clientUrls();
        this.transport = transport;
        this.chronicle = chronicle;
        this.members = Set.copyOf(settings.election().members().stream()
                .map(member -> member.id())
                .toList());
        this.priority = settings.election().self().priority();
        String url = listed.get(nodeId);
        this.own = settings.standalone() || !settings.announced() || !isUrl(url)
                ? null
                : new Contact(
                        String.valueOf(url), isUrl(clientUrls.get(nodeId)) ? clientUrls.get(nodeId) : null, priority);
    }

    private static boolean isUrl(@Nullable String text) {
        return text != null && !text.isEmpty() && text.length() <= Contact.LONGEST_URL;
    }

    /** Where this member is reached, as its list or discovery says, or {@code null} if nobody is to be told. */
    @Nullable Contact own() {
        return own;
    }

    /** Discovery shows where this member is reached. */
    Contact ownIs(String url, @Nullable String clientUrl) {
        Contact contact = new Contact(url, isUrl(clientUrl) ? clientUrl : null, priority);
        own = contact;
        return contact;
    }

    /** Discovery finds these members, each at these urls, and no others. */
    synchronized void found(Map<String, List<String>> urls) {
        urls.keySet().stream().filter(id -> !id.equals(nodeId)).forEach(this::entry);
        entries.forEach((member, entry) -> {
            entry.found = urls.getOrDefault(member, List.of());
            tell(member, entry);
        });
    }

    /** A member said so itself, and is authenticated. */
    synchronized void announced(String member, Contact contact) {
        if (!member.equals(nodeId)) {
            Entry entry = entry(member);
            entry.announced = contact;
            tell(member, entry);
        }
    }

    /** Another member, which is authenticated, said so. */
    synchronized void heard(String member, Contact contact) {
        if (!member.equals(nodeId)) {
            Entry entry = entry(member);
            entry.heard = contact;
            tell(member, entry);
        }
    }

    /** These are the members from now on, and this is what the log says of them. */
    synchronized void members(Collection<String> ids, @Nullable Membership membership) {
        members = Set.copyOf(ids);
        Map<String, Contact> logged = new TreeMap<>();
        if (membership != null) {
            for (EnrolledMember member : membership.members()) {
                Contact contact = member.contact();
                if (contact != null && !member.id().equals(nodeId)) {
                    logged.put(member.id(), contact);
                }
            }
        }
        logged.keySet().forEach(this::entry);
        entries.forEach((member, entry) -> {
            entry.logged = logged.getOrDefault(member, members.contains(member) ? null : entry.logged);
            tell(member, entry);
        });
        while (others() > MOST_OTHERS) {
            forgetTheEldest();
        }
    }

    private Entry entry(String member) {
        Entry known = entries.get(member);
        if (known == null) {
            if (!members.contains(member) && others() >= MOST_OTHERS) {
                forgetTheEldest();
            }
            known = new Entry();
            entries.put(member, known);
        }
        return known;
    }

    private long others() {
        return entries.keySet().stream().filter(id -> !members.contains(id)).count();
    }

    private void forgetTheEldest() {
        entries.keySet().stream()
                .filter(id -> !members.contains(id))
                .findFirst()
                .ifPresent(eldest -> {
                    entries.remove(eldest);
                    transport.contact(eldest, List.of());
                });
    }

    private void tell(String member, Entry entry) {
        List<String> urls = urls(member, entry);
        if (urls.equals(entry.told)) {
            return;
        }
        String before = first(member, entry.told);
        String now = first(member, urls);
        entry.told = urls;
        transport.contact(member, urls);
        if (members.contains(member) && now != null && before != null && !now.equals(before)) {
            chronicle.note(
                    Level.INFO, "calls '{peer}' at {} from now on, and not at {} any more.", member, now, before);
        }
    }

    private @Nullable String first(String member, List<String> urls) {
        return urls.isEmpty() ? listed.get(member) : urls.get(0);
    }

    /** All that is known, the first choice first; empty if that is what the list says. */
    private List<String> urls(String member, Entry entry) {
        List<String> urls = new ArrayList<>();
        add(urls, entry.announced);
        String own = listed.get(member);
        if (own != null && !urls.contains(own)) {
            urls.add(own);
        }
        entry.found.stream().filter(url -> !urls.contains(url)).forEach(urls::add);
        add(urls, entry.heard);
        add(urls, entry.logged);
        return own != null && urls.size() == 1 ? List.of() : List.copyOf(urls);
    }

    private static void add(List<String> urls, @Nullable Contact contact) {
        if (contact != null && !urls.contains(contact.url())) {
            urls.add(contact.url());
        }
    }

    // ------------------------------------------------------------------------------------------------ what is known

    /** Where a member is reached by its peers: the first choice, or {@code null} if that is not known. */
    synchronized @Nullable String url(String member) {
        Entry entry = entries.get(member);
        return entry == null ? listed.get(member) : first(member, entry.told);
    }

    /** Where clients reach a member, or {@code null} if that is not known. */
    synchronized @Nullable String clientUrl(String member) {
        Entry entry = entries.get(member);
        String announced = entry == null || entry.announced == null ? null : entry.announced.appUrl();
        if (announced != null) {
            return announced;
        }
        String known = clientUrls.get(member);
        if (known != null || entry == null) {
            return known;
        }
        Contact other = entry.heard != null ? entry.heard : entry.logged;
        return other == null ? null : other.appUrl();
    }

    /** Where those members are reached that a peer seeks, or {@code null} if it seeks none that is known. */
    synchronized @Nullable Map<String, Contact> sought(String asker, PresenceQuestion question) {
        if (!question.isAnySought()) {
            return null;
        }
        Map<String, Contact> sought = new TreeMap<>();
        for (String member : members) {
            // Where this member is itself, it says only if it announces that.
            boolean untold = member.equals(nodeId) && own == null;
            String url = untold || member.equals(asker) || !question.isSought(member) ? null : url(member);
            if (isUrl(url)) {
                String clientUrl = clientUrl(member);
                sought.put(member, new Contact(String.valueOf(url), isUrl(clientUrl) ? clientUrl : null, 0));
            }
        }
        return sought.isEmpty() ? null : sought;
    }
}
