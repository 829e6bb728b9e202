package io.election.core;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Notices that the quorum of a cluster whose members keep their memory in memory is lost for good: new memories answer under so
 * many voters' ids that the others are no quorum.
 *
 * <p>A new memory may be let in and count again, so it is not enough that each was new when it answered: one that was asked
 * early may count by the time at which another one is lost (Michael, Ports, Sharma and Szekeres, "Recovering Shared Objects
 * Without Stable Storage", DISC 2017, where such answers are no crash-consistent quorum). All must have been new at one instant.
 * So they are asked in rounds. Whoever answers two rounds in the same memory, and does not count yet in the second, lived and did
 * not count at the instant between them. With fewer than a quorum that counts, no entry can let anybody in again.
 */
final class LostQuorum {

    private final ElectionSettings settings;
    private final Outbox outbox;
    private final Configuration configuration;
    private final ElectionLog log;
    private final Messenger messenger;
    private final KnownLeader leader;
    private final Set<Long> asked = new HashSet<>();
    private Map<String, Memory> newMemories = new HashMap<>();
    private Map<String, Memory> ofRoundBefore = new HashMap<>();
    private @Nullable String why;

    /** A memory that said that it does not count here, and whether it belongs to another cluster. */
    private record Memory(String incarnation, boolean foreign) {}

    LostQuorum(MemberState state) {
        this.settings = state.settings();
        this.outbox = state.outbox();
        this.configuration = state.configuration();
        this.log = state.log();
        this.messenger = state.messenger();
        this.leader = state.leader();
    }

    /** An interval of the light exchange is over, and so is a round. */
    void intervalOver(boolean leading) {
        boolean fixedIds = settings.founding().forgets() && settings.founding().gathering() == null;
        if (!fixedIds || log.isEmpty() || leading || leader.isKnown() || outbox.storageFailed()) {
            asked.clear();
            newMemories.clear();
            ofRoundBefore.clear();
            why = null;
            return;
        }
        Set<String> lost = new HashSet<>();
        newMemories.forEach((id, memory) -> {
            if (memory.equals(ofRoundBefore.get(id)) && isNew(id, memory)) {
                lost.add(id);
            }
        });
        int voters = configuration.voters().size();
        why = voters - lost.size() < configuration.quorum()
                ? "the memory of " + String.join(", ", lost.stream().sorted().toList())
                        + " is new, and the others are no quorum of the " + voters + " voters"
                : null;
        ofRoundBefore = newMemories;
        newMemories = new HashMap<>();
        asked.clear();
        for (String voter : new TreeSet<>(configuration.voters())) {
            if (!configuration.isSelf(voter)) {
                asked.add(messenger.nextRequestId());
                messenger.send(messenger.announcementTo(voter, null));
            }
        }
    }

    /** A member answered an announcement. */
    void answered(Header header) {
        boolean foreign = configuration.isForeign(header);
        if (asked.contains(header.requestId()) && (foreign || !header.settled())) {
            newMemories.put(header.from(), new Memory(header.fromIncarnation(), foreign));
        }
    }

    /** Whether a voter's memory that says so does not count. One that a founding names counts before it holds any entry. */
    private boolean isNew(String id, Memory memory) {
        return configuration.isVoter(id)
                && (memory.foreign() || !configuration.counts(id, memory.incarnation(), false));
    }

    /** Why no quorum can come back, or {@code null} while one may. */
    @Nullable String why() {
        return leader.isKnown() ? null : why;
    }
}
