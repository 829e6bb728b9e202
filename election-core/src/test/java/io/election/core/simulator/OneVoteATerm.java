package io.election.core.simulator;

import io.election.core.DurableState;
import io.election.core.HardState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * End to end: what left a member as its vote in a term is its only vote there, and neither that vote nor the term is forgotten
 * by its disk, whatever happened to the process.
 */
final class OneVoteATerm {

    /** A vote that left its voter, or a candidate's own once it was durable. */
    record Given(String voter, String incarnation, boolean settled, String candidate) {}

    private final Map<Long, List<Given>> given = new HashMap<>();
    private final Memory[] memories;

    /** What one durable memory has said. */
    private static final class Memory {
        final Map<Long, String> votes = new HashMap<>();
        long durableTerm;
    }

    OneVoteATerm(int members) {
        memories = new Memory[members];
        for (int i = 0; i < members; i++) {
            memories[i] = new Memory();
        }
    }

    private Memory memoryOf(MemberRecord w) {
        return memories[w.member.index()];
    }

    /** Its memory is lost, and with it what that has said. */
    void wiped(MemberRecord w) {
        memories[w.member.index()] = new Memory();
    }

    /** A vote has left to its candidate, or is a candidate's own and durable. */
    void votes(MemberRecord w, long term, String candidate) {
        String earlier = memoryOf(w).votes.putIfAbsent(term, candidate);
        if (earlier == null) {
            given.computeIfAbsent(term, t -> new ArrayList<>())
                    .add(new Given(w.member.id(), w.member.disk().incarnation(), w.isSettled(), candidate));
        } else if (!earlier.equals(candidate)) {
            throw new Violation(
                    "a member votes once in a term",
                    w + " voted for " + earlier + " and " + candidate + " in term " + term);
        }
    }

    /** A member that lies gives a vote that its memory knows nothing of. */
    void lied(MemberRecord w, long term, String candidate) {
        given.computeIfAbsent(term, t -> new ArrayList<>())
                .add(new Given(w.member.id(), w.member.disk().incarnation(), w.isSettled(), candidate));
    }

    /** The votes of a term that left, by whatever memory. */
    List<Given> in(long term) {
        return given.getOrDefault(term, List.of());
    }

    /** A process starts with what its disk has kept. */
    void started(MemberRecord w, DurableState recovered) {
        HardState hardState = recovered.hardState();
        Memory memory = memoryOf(w);
        if (hardState.term() < memory.durableTerm) {
            throw new Violation(
                    "no term is forgotten", w + " recovers " + hardState + ", but was in term " + memory.durableTerm);
        }
        memory.votes.forEach((term, candidate) -> {
            if (term > hardState.term() || (term == hardState.term() && !candidate.equals(hardState.votedFor()))) {
                throw new Violation(
                        "no vote is forgotten",
                        w + " recovers " + hardState + ", but voted for " + candidate + " in term " + term);
            }
        });
        memory.durableTerm = hardState.term();
    }

    void durable(MemberRecord w) {
        Memory memory = memoryOf(w);
        HardState onDisk = w.member.disk().state().hardState();
        long term = onDisk.term();
        if (term < memory.durableTerm) {
            throw new Violation("a term on disk never falls", w + " from " + memory.durableTerm + " to " + term);
        }
        memory.durableTerm = term;
        if (w.member.id().equals(onDisk.votedFor())) {
            // A candidate's own vote leaves nowhere. It counts once it is durable; one that a crash took it may give to
            // another.
            votes(w, term, w.member.id());
        }
    }

    void foundedAnew() {
        given.clear();
    }
}
