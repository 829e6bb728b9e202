package io.election.node;

import io.election.core.ClockReading;
import io.election.core.ElectionSettings;
import io.election.core.Input;
import io.election.core.Member;
import io.election.core.MemberKind;
import io.election.peer.RehearsalNetwork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Three members in memory that hand their leadership on, again and again, by a clock that jumps to whatever comes next. They use
 * no other thread than that of the caller, no file and no socket, and say nothing to anybody. Every fourth leader closes and
 * comes back, and every eighth one is cut off until another leads.
 *
 * <p>It uses only what every core offers: a transfer, a close, time. So it drives whatever messages and effects there are.
 */
final class RehearsedCluster {

    /** The name of its cluster, which no configuration can give to another one. */
    static final String NAME = " rehearsal ";

    private static final Set<String> IDS = new TreeSet<>(List.of("a", "b", "c"));
    private static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration HEARTBEAT = Duration.ofMillis(100);
    private static final Duration LEASE = Duration.ofMillis(750);
    private static final Duration STEP = Duration.ofMillis(10);
    private static final Duration HANDOVER_TIMEOUT = Duration.ofSeconds(5);
    private static final int COMPACTION_THRESHOLD = 8;

    /** How long a leader leads. */
    private static final long REST_NANOS = 2 * HEARTBEAT.toNanos();

    /** Many times what the longest change of leaders takes, by this clock. */
    private static final long PATIENCE_NANOS = 60 * ELECTION_TIMEOUT.toNanos();

    private static final int CLOSES_EVERY = 4;
    private static final int CUT_OFF_EVERY = 8;

    private final Time time = new Time();
    private final RehearsalNetwork network = new RehearsalNetwork(NAME, IDS, ELECTION_TIMEOUT);
    private final List<RehearsedMember> members = new ArrayList<>();
    private int changes;
    private @Nullable RehearsedMember leader;
    private long settledSinceNanos;
    private long changedAtNanos;
    private boolean asked;

    /**
     * Puts the cluster together.
     *
     * @param chronicle what it is modelled on
     */
    RehearsedCluster(Chronicle chronicle) {
        List<Member> listed = IDS.stream()
                .map(id -> new Member(id, MemberKind.DATA, 0, false))
                .toList();
        for (String id : IDS) {
            ElectionSettings settings = new ElectionSettings(
                    NAME,
                    id,
                    listed,
                    ELECTION_TIMEOUT,
                    HEARTBEAT,
                    LEASE,
                    0.05,
                    STEP,
                    HANDOVER_TIMEOUT,
                    false,
                    COMPACTION_THRESHOLD);
            members.add(new RehearsedMember(settings, network.transport(id), time, chronicle.rehearsed(id)));
        }
    }

    /** How often the leadership has changed. */
    int changes() {
        return changes;
    }

    /**
     * Does one small thing: a step of a member, a message, or an event.
     *
     * @throws IllegalStateException if nobody came to lead for long
     */
    void next() {
        boolean busy = network.carry();
        for (RehearsedMember member : members) {
            busy = busy || member.turn();
        }
        if (!busy) {
            direct();
            time.nanos = Math.max(
                    time.nanos + 1,
                    members.stream()
                            .mapToLong(RehearsedMember::wakeAtNanos)
                            .min()
                            .orElseThrow());
        }
    }

    /** Nothing is left to be done at this instant: looks who leads, and lets it hand over once it has led for a while. */
    private void direct() {
        RehearsedMember leading = agreed();
        if (leading != null && leading != leader) {
            leader = leading;
            changes++;
            asked = false;
            settledSinceNanos = time.nanos;
            changedAtNanos = time.nanos;
            members.forEach(this::bringBack);
        }
        if (time.nanos - changedAtNanos > PATIENCE_NANOS) {
            throw new IllegalStateException("in a rehearsal nobody else came to lead after the change " + changes);
        }
        if (leading != null && !asked && time.nanos - settledSinceNanos > REST_NANOS) {
            asked = true;
            end(leading);
        }
    }

    private @Nullable RehearsedMember agreed() {
        for (RehearsedMember one : members) {
            if (one.leads()
                    && members.stream().allMatch(m -> one.id().equals(m.view().leader()) || m == leader)) {
                return one;
            }
        }
        return null;
    }

    private void end(RehearsedMember leading) {
        if (changes % CUT_OFF_EVERY == 0) {
            network.cutOff(leading.id(), true);
        } else if (changes % CLOSES_EVERY == 0) {
            leading.close();
        } else {
            leading.submit(new Input.TransferLeadership(changes, null));
        }
    }

    private void bringBack(RehearsedMember member) {
        network.cutOff(member.id(), false);
        if (member.isClosed()) {
            member.begin();
        }
    }

    /** A clock that moves when it is told to. */
    private static final class Time implements NodeClock {

        private long nanos;

        @Override
        public long monotonicNanos() {
            return nanos;
        }

        @Override
        public long wallMillis() {
            return nanos / 1_000_000;
        }

        @Override
        public ClockReading read() {
            return new ClockReading(nanos, wallMillis());
        }
    }
}
