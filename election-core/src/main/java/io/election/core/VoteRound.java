package io.election.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One round of asking for votes, in one phase and one term. Grants are a set of member ids. An answer that does not
 * belong to this round is not counted (safety rule 2).
 */
final class VoteRound {

    /** The state of a round. */
    enum Result {
        PENDING,
        WON,
        LOST
    }

    private final Phase phase;
    private final long term;
    private final boolean founding;
    private final Set<String> voters;
    private final int needed;
    private final @Nullable TransferProof proof;
    private final Set<String> granted = new TreeSet<>();
    private final Map<String, Refusal> refused = new TreeMap<>();
    private final Map<String, Long> boundUntilNanos = new HashMap<>();
    private final Map<String, Long> askedAtNanos = new HashMap<>();
    private final Map<String, String> incarnations = new HashMap<>();
    private final Set<Long> requests = new HashSet<>();

    /** How many requests to a voter have failed, and when the latest request did, if it has. */
    private final Map<String, Integer> failures = new HashMap<>();

    private final Map<String, Long> failedAtNanos = new HashMap<>();

    /** The clocks of those who granted, if this founds a cluster. */
    private final FoundersClocks clocks;

    VoteRound(
            Phase phase,
            long term,
            boolean founding,
            Set<String> voters,
            @Nullable TransferProof proof,
            FoundersClocks clocks) {
        this.phase = phase;
        this.term = term;
        this.founding = founding;
        this.voters = new TreeSet<>(voters);
        // safety rule 7: as long as no member holds an entry, an election needs every listed voter.
        this.needed = founding ? voters.size() : Quorum.of(voters.size());
        this.proof = proof;
        this.clocks = clocks;
    }

    FoundersClocks clocks() {
        return clocks;
    }

    Phase phase() {
        return phase;
    }

    long term() {
        return term;
    }

    boolean isFounding() {
        return founding;
    }

    Set<String> voters() {
        return voters;
    }

    int needed() {
        return needed;
    }

    @Nullable TransferProof proof() {
        return proof;
    }

    Set<String> granted() {
        return granted;
    }

    Map<String, Refusal> refused() {
        return refused;
    }

    /** The incarnations from which the votes came. A founding names them. */
    Map<String, String> incarnations() {
        return incarnations;
    }

    void asked(String voter, long requestId, long nowNanos) {
        requests.add(requestId);
        failedAtNanos.remove(voter);
        askedAtNanos.put(voter, nowNanos);
        refused.remove(voter);
        boundUntilNanos.remove(voter);
    }

    /**
     * The request to a voter failed. It is asked again at once, then after a quarter and after half of the interval,
     * because a connection may break where the member behind it is well. After that it counts as silent.
     */
    void unanswered(String voter, long requestId, long nowNanos) {
        if (requests.contains(requestId)) {
            failures.put(voter, Retry.oneMore(failures.getOrDefault(voter, 0)));
            failedAtNanos.put(voter, nowNanos);
        }
    }

    boolean hasAsked(long requestId) {
        return requests.contains(requestId);
    }

    void grant(String voter, String incarnation) {
        if (voters.contains(voter)) {
            granted.add(voter);
            incarnations.put(voter, incarnation);
            refused.remove(voter);
            boundUntilNanos.remove(voter);
        }
    }

    void refuse(String voter, Refusal refusal, long nowNanos, long capNanos) {
        if (granted.contains(voter)) {
            return;
        }
        refused.put(voter, refusal);
        if (refusal.boundFor() != null) {
            boundUntilNanos.put(voter, nowNanos + Math.min(refusal.boundFor().toNanos(), capNanos));
        } else {
            boundUntilNanos.remove(voter);
        }
    }

    /** Whether a voter refused because it is bound, and has not been asked again since. */
    boolean isHeldUp() {
        return !boundUntilNanos.isEmpty();
    }

    Result result() {
        if (granted.size() >= needed) {
            return Result.WON;
        }
        long open = voters.stream().filter(this::isOpen).count();
        return granted.size() + open < needed ? Result.LOST : Result.PENDING;
    }

    /**
     * The voters to ask now: those silent for at least an interval, and those whose bond has ended since they answered.
     */
    List<String> toAsk(long nowNanos, long intervalNanos) {
        List<String> due = new ArrayList<>();
        for (String voter : voters) {
            if (isOpen(voter) && askAtNanos(voter, nowNanos, intervalNanos) - nowNanos <= 0) {
                due.add(voter);
            }
        }
        return due;
    }

    /** When {@link #toAsk} next names a voter, or {@code farNanos} if no voter is left to ask. */
    long nextAskNanos(long nowNanos, long intervalNanos, long farNanos) {
        long next = farNanos;
        for (String voter : voters) {
            if (isOpen(voter)) {
                long at = askAtNanos(voter, nowNanos, intervalNanos);
                next = at - next < 0 ? at : next;
            }
        }
        return next;
    }

    /** Whether a voter may still grant: it has not granted yet, and it has not refused for a lasting reason. */
    private boolean isOpen(String voter) {
        return !granted.contains(voter) && (!refused.containsKey(voter) || boundUntilNanos.containsKey(voter));
    }

    private long askAtNanos(String voter, long nowNanos, long intervalNanos) {
        Long boundUntil = boundUntilNanos.get(voter);
        Long askedAt = askedAtNanos.get(voter);
        if (boundUntil != null) {
            // A voter that keeps answering that it will be free in a moment is not asked at every moment.
            long soonest = askedAt == null ? boundUntil : askedAt + intervalNanos / 50;
            return StepTime.later(boundUntil, soonest);
        }
        if (askedAt == null) {
            return nowNanos;
        }
        Long failedAt = failedAtNanos.get(voter);
        return failedAt == null
                ? askedAt + intervalNanos
                : Retry.atNanos(failures.getOrDefault(voter, 0), failedAt, askedAt + intervalNanos, intervalNanos);
    }

    /**
     * When a quorum could be free again, by what the voters said of their bonds. {@code nowNanos} if that does not
     * depend on any bond.
     */
    long quorumFreeAtNanos(long nowNanos) {
        List<Long> waits = new ArrayList<>();
        for (String voter : voters) {
            Long boundUntil = boundUntilNanos.get(voter);
            if (boundUntil != null) {
                waits.add(Math.max(0, boundUntil - nowNanos));
            } else if (!refused.containsKey(voter)) {
                waits.add(0L);
            }
        }
        waits.sort(null);
        return waits.size() < needed ? nowNanos : nowNanos + waits.get(needed - 1);
    }
}
