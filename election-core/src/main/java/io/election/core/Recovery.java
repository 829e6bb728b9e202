package io.election.core;

import io.election.FencingToken;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A cluster whose quorum is lost for good, founded again from the memory of one member that is left. An operator decides
 * that, while the member is stopped. Entries that this member does not hold are lost.
 *
 * <p>The memory keeps its term, its promise, and the end of its log. Its entries become a snapshot (unless they feed a state
 * machine: then they stay, and one more follows them), and in it the member is the only voter of a cluster with another id and a higher generation. So whoever learns the log, from its first message on, learns
 * only of the new cluster. A message of the old one is a stranger's. Members of the old one that hear of the new one's leader
 * follow the rule of the higher generation.
 *
 * @param clusterId the id of the new cluster, drawn at random
 * @param generation its generation, above everything that the old cluster's tokens were made of
 * @param nodeId the member whose memory it is
 * @param incarnation the incarnation of the memory from now on; another than before, so that nothing that was sent to the old
 *     one counts
 */
public record Recovery(String clusterId, long generation, String nodeId, String incarnation) {

    private static final int TERM_BITS = 20;

    /**
     * The membership in force in a memory.
     *
     * @param memory what a member has on disk
     * @return the newest membership in its log, committed or not, or {@code null} before the founding
     */
    public static @Nullable Membership membershipIn(DurableState memory) {
        List<Entry> entries = memory.entries();
        for (int i = entries.size() - 1; i >= 0; i--) {
            Membership changed = entries.get(i).payload().membership();
            if (changed != null) {
                return changed;
            }
        }
        return memory.snapshot().membership();
    }

    /**
     * The end of the log in a memory.
     *
     * @param memory what a member has on disk
     * @return the position of its last entry
     */
    public static LogPosition lastIn(DurableState memory) {
        List<Entry> entries = memory.entries();
        return entries.isEmpty()
                ? memory.snapshot().last()
                : entries.get(entries.size() - 1).position();
    }

    /**
     * The highest fencing token that a memory shows: every token of its cluster in the term that it is in, or before.
     *
     * @param memory what a member has on disk, of a founded cluster
     * @return the token
     */
    public static FencingToken highestTokenIn(DurableState memory) {
        Membership membership = Optional.ofNullable(membershipIn(memory))
                .orElseThrow(() -> new IllegalArgumentException("memory must be of a founded cluster"));
        long term = Math.max(memory.hardState().term(), lastIn(memory).term());
        return FencingToken.of(membership.generation(), term);
    }

    /**
     * A generation whose every token is higher than the given ones.
     *
     * @param memory what the member has on disk, of a founded cluster
     * @param highestToken the highest token that is known otherwise, or 0
     * @param wallSeconds the time, in seconds since 1970; a founding is never of an earlier generation
     * @return the generation
     * @throws IllegalArgumentException if that would be an impossible one
     */
    public static long generationAbove(DurableState memory, long highestToken, long wallSeconds) {
        long highest = Math.max(highestTokenIn(memory).value(), highestToken);
        long generation = Math.max(wallSeconds, (highest >> TERM_BITS) + 1);
        if (generation >= Membership.GENERATION_LIMIT) {
            throw new IllegalArgumentException("a generation above token " + highest + " and the clock's second "
                    + wallSeconds + " would be " + generation + ", but generations must be below "
                    + Membership.GENERATION_LIMIT);
        }
        return generation;
    }

    /**
     * Whether a cluster can be founded whose tokens are all higher than a given one.
     *
     * @param token the token
     * @return whether there is a generation above it
     */
    public static boolean isBelowAnotherGeneration(FencingToken token) {
        return (token.value() >> TERM_BITS) + 1 < Membership.GENERATION_LIMIT;
    }

    /**
     * Founds the cluster again, with a log that feeds no state machine.
     *
     * @param memory what the member has on disk
     * @return what it has on disk from now on
     * @throws IllegalArgumentException if the log does not name the member as a data member
     */
    public DurableState from(DurableState memory) {
        EnrolledMember self = checked(memory);
        LogPosition last = lastIn(memory);
        Membership alone = alone(self.kind(), 1);
        Snapshot covering = memory.snapshot().covering(memory.entries(), last);
        return new DurableState(
                memory.hardState(), new Snapshot(last, alone, covering.openings(), covering.openingsFrom()), List.of());
    }

    /**
     * Founds the cluster again, with a log that feeds a state machine. No image holds what became of its last entries. So all stay
     * as they are, under the memberships that they were written under: a write's token is judged by them. An entry behind them
     * makes the member the only voter, and is known to be committed.
     *
     * @param memory what the member has on disk
     * @return what it has on disk from now on
     * @throws IllegalArgumentException if the log does not name the member as a data member
     */
    public DurableState withData(DurableState memory) {
        EnrolledMember self = checked(memory);
        LogPosition last = lastIn(memory);
        long index = last.index() + 1;
        List<Entry> entries = new ArrayList<>(memory.entries());
        entries.add(new Entry(
                index,
                Math.max(memory.hardState().term(), last.term()),
                new Payload.MembershipChange(alone(self.kind(), index))));
        return new DurableState(memory.hardState(), memory.snapshot(), entries, index);
    }

    /**
     * Whether a log holds what a state machine still has to apply, or what became of that.
     *
     * @param memory what a member has on disk
     * @return whether the log feeds a state machine
     */
    public static boolean holdsData(DurableState memory) {
        return memory.snapshot().image() != null
                || memory.entries().stream().anyMatch(entry -> entry.payload() instanceof Payload.Application);
    }

    /** The member as the log names it. */
    private EnrolledMember checked(DurableState memory) {
        Membership before = membershipIn(memory);
        EnrolledMember self = before == null ? null : before.find(nodeId);
        if (before == null || self == null || self.kind() != MemberKind.DATA) {
            throw new IllegalArgumentException("the log must name '" + nodeId + "' as a data member");
        }
        if (generation <= before.generation()) {
            throw new IllegalArgumentException(
                    "generation must be above " + before.generation() + ", but is " + generation);
        }
        return self;
    }

    private Membership alone(MemberKind kind, long namedAt) {
        return new Membership(clusterId, generation, List.of(new EnrolledMember(nodeId, kind, incarnation, namedAt)));
    }
}
