package io.election.peer;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * Whose requests are taken, and how many of each may be read and held at a time. The other members have places of their own. All
 * others share those of one: whoever is authenticated may say that it wants to join, that it leads, or that it leaves, and no list
 * here names it yet, or any more. So however many of them come, they take nothing away from a member.
 */
final class Senders {

    private final String nodeId;
    private final Map<String, Places> places = new ConcurrentHashMap<>();
    private final Places ofStrangers = new Places();

    /** The places of one sender: what it uses up is missing to itself only. */
    private static final class Places {

        private final Semaphore reading = new Semaphore(PeerEndpoint.READING);
        /** Whatever else comes slowly, a heartbeat is read. */
        private final Semaphore readingHeartbeats = new Semaphore(PeerEndpoint.HELD);

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

    /** Who is to account for what a sender uses: itself, or all strangers together. */
    String account(String sender) {
        return contains(sender) ? sender : PeerEndpoint.STRANGERS;
    }

    Set<String> ids() {
        return Set.copyOf(places.keySet());
    }

    /** For a person who has no place. */
    String whose(String sender) {
        return contains(sender) ? "of your requests" : "requests of senders that are no members here, such as you,";
    }

    /**
     * The places for bodies that are being read.
     *
     * @param heartbeats whether for those of heartbeats, or for all others
     */
    Semaphore reading(String sender, boolean heartbeats) {
        Places own = places.getOrDefault(sender, ofStrangers);
        return heartbeats ? own.readingHeartbeats : own.reading;
    }

    /** The places for requests that wait for their reply. */
    Semaphore held(String sender, MessageKind.Lane lane) {
        return Objects.requireNonNull(
                places.getOrDefault(sender, ofStrangers).held.get(lane));
    }
}
