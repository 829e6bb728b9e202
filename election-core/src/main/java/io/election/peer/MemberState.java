package io.election.peer;

import io.election.core.Contact;
import io.election.core.ListedMember;
import io.election.core.Message;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a member tells a peer about itself when it is asked whether it is there. It is for people, except that a member which
 * learns from {@link #asker()} that its own memory is an older copy stops taking part. No vote, lease or promise depends on it.
 *
 * @param ready whether its application is ready, so that it may stand for election
 * @param notReady what keeps its application from being ready, once that takes long, or {@code null}; cut where it is long
 * @param incarnation the life of its durable memory
 * @param settled whether its vote counts by what it holds itself: the log names its incarnation, and it knows that to be
 *     committed
 * @param clusterId the founded cluster's id, or {@code null} while it holds no entry
 * @param askersIncarnation the life of the asker's memory that its log names; {@code null} if it names none
 * @param listed its own list of members, sorted by id
 * @param withoutMemory the members whose memory is new, if they are so many that no quorum is left; else empty
 * @param edition a number of its durable memory that rises with each start and never falls; {@code null} if it has none
 * @param asker the latest edition that it has seen of the asker's memory, or {@code null} if it has seen none
 * @param contacts where members are reached that the asker seeks, as far as this one knows; {@code null} for none
 * @param knowsNoLeader whether it knows no leader; {@code null} if it does not say, as earlier versions do not
 */
public record MemberState(
        boolean ready,
        @Nullable String notReady,
        String incarnation,
        boolean settled,
        @Nullable String clusterId,
        @Nullable String askersIncarnation,
        List<ListedMember> listed,
        List<String> withoutMemory,
        @Nullable Long edition,
        @Nullable KnownMemory asker,
        @Nullable Map<String, Contact> contacts,
        @Nullable Boolean knowsNoLeader) {

    private static final int LONGEST = 500;

    /** Refuses what no member says about itself. */
    public MemberState {
        notReady = notReady == null ? null : PeerEndpoint.printable(notReady, LONGEST);
        Message.checkName("incarnation", incarnation);
        Message.checkName("clusterId", clusterId);
        Message.checkName("askersIncarnation", askersIncarnation);
        withoutMemory.forEach(member -> Message.checkName("withoutMemory", member));
        if (listed.size() > Message.MOST_MEMBERS || withoutMemory.size() > Message.MOST_MEMBERS) {
            throw new IllegalArgumentException("listed and withoutMemory must have at most " + Message.MOST_MEMBERS
                    + " members, but have " + listed.size() + " and " + withoutMemory.size());
        }
        if (edition != null && edition < 1) {
            throw new IllegalArgumentException("edition must be positive, but is " + edition);
        }
        listed = List.copyOf(listed);
        withoutMemory = List.copyOf(withoutMemory);
        if (contacts != null) {
            if (contacts.size() > Message.MOST_MEMBERS) {
                throw new IllegalArgumentException(
                        "contacts must have at most " + Message.MOST_MEMBERS + " members, but have " + contacts.size());
            }
            contacts.keySet().forEach(member -> Message.checkName("contacts", member));
            contacts = Map.copyOf(contacts);
        }
    }

    /**
     * What a member says whose memory has no editions, to one that seeks nobody.
     *
     * @param ready whether its application is ready
     * @param notReady what keeps its application from being ready, or {@code null}
     * @param incarnation the life of its durable memory
     * @param settled whether its vote counts by what it holds itself
     * @param clusterId the founded cluster's id, or {@code null}
     * @param askersIncarnation the life of the asker's memory that its log names, or {@code null}
     * @param listed its own list of members, sorted by id
     * @param withoutMemory the members whose memory is new, if they are so many that no quorum is left
     */
    public MemberState(
            boolean ready,
            @Nullable String notReady,
            String incarnation,
            boolean settled,
            @Nullable String clusterId,
            @Nullable String askersIncarnation,
            List<ListedMember> listed,
            List<String> withoutMemory) {
        this(
                ready,
                notReady,
                incarnation,
                settled,
                clusterId,
                askersIncarnation,
                listed,
                withoutMemory,
                null,
                null,
                null,
                null);
    }
}
