package io.election.peer;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** The other members, whose requests are taken, and how many of each may be read and held at a time. */
final class Senders {

    private final String nodeId;
    private final Map<String, Places> places = new ConcurrentHashMap<>();

    /** The places of one sender: what it uses up is missing to itself only. */
    private static final class Places {

        private final Semaphore reading = new Semaphore(PeerEndpoint.READING);
        private final Map<MessageKind.Lane, Semaphore> held = new EnumMap<>(MessageKind.Lane.class);

        Places() {
            for (MessageKind.Lane lane : MessageKind.Lane.values()) {
                held.put(lane, new Semaphore(PeerEndpoint.HELD));
            }
        }
    }

    /**
     * Begins with these members.
     *
     * @param nodeId this member, which sends nothing to itself
     */
    Senders(String nodeId, Set<String> members) {
        this.nodeId = nodeId;
        members(members);
    }

    /** These are the members from now on. Requests that are being read or held are not cut off. */
    void members(Set<String> members) {
        places.keySet().retainAll(members);
        for (String member : members) {
            if (!member.equals(nodeId)) {
                places.computeIfAbsent(member, added -> new Places());
            }
        }
    }

    boolean contains(String sender) {
        return places.containsKey(sender);
    }

    Set<String> ids() {
        return Set.copyOf(places.keySet());
    }

    /** For a person. */
    String describe() {
        return String.join(", ", places.keySet().stream().sorted().toList());
    }

    /** The places for bodies that are being read, or {@code null} for a stranger. */
    @Nullable Semaphore reading(String sender) {
        Places of = places.get(sender);
        return of == null ? null : of.reading;
    }

    /** The places for requests that wait for their reply, or {@code null} for a stranger. */
    @Nullable Semaphore held(String sender, MessageKind.Lane lane) {
        Places of = places.get(sender);
        return of == null ? null : of.held.get(lane);
    }
}
