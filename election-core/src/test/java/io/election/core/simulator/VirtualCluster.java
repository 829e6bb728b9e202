package io.election.core.simulator;

import io.election.core.Bytes;
import io.election.core.Effect;
import io.election.core.ElectionSettings;
import io.election.core.ElectionView;
import io.election.core.EnrolledMember;
import io.election.core.MemberChange;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Payload;
import io.election.machine.CommandCodec;
import io.election.machine.SessionOpening;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A whole cluster in one thread on virtual time. The same seed and the same calls give the same run; each part draws from
 * a generator of its own, so that one more draw in one place moves nothing elsewhere.
 */
final class VirtualCluster {

    /** Whether nothing but what users see is judged. */
    static final boolean JUDGED_BY_HISTORY_ALONE = "history".equals(System.getProperty("election.simulator.judges"));

    private final long seed;
    private final Trace trace;
    private final Coverage coverage;
    private final EventQueue queue = new EventQueue();
    private final List<VirtualMember> members = new ArrayList<>();
    private final Map<String, VirtualMember> byId = new HashMap<>();
    private final VirtualNetwork network;
    private final Invariants invariants;
    private final WhatUsersSee users = new WhatUsersSee(this);
    private final ApplicationsFed applicationsFed = new ApplicationsFed();
    private final Map<Long, Effect.TransferEnded> handovers = new HashMap<>();
    private final Map<Long, Effect.ProposalAnswered> proposals = new HashMap<>();
    private final Map<Long, MemberChange.Result> memberChanges = new HashMap<>();
    private BiConsumer<VirtualMember, Effect> listener = (member, effect) -> {};
    private long nowNanos;
    private long exchanges;
    private long calls;
    private long shortestListenerNanos;
    private long longestListenerNanos;
    private long latestTimerNanos;
    private int founding;
    private @Nullable BiConsumer<VirtualMember, Moment> ambush;
    private @Nullable Liar liar;
    private @Nullable MemoryWorld memory;

    /**
     * A cluster of which no process runs yet.
     *
     * @param seed of all randomness
     * @param settings one for each member, in the order of their indices
     * @param clocks one for each member
     */
    VirtualCluster(
            long seed, Trace trace, Coverage coverage, List<ElectionSettings> settings, List<VirtualClock> clocks) {
        this.seed = seed;
        this.trace = trace;
        this.coverage = coverage;
        for (int i = 0; i < settings.size(); i++) {
            VirtualMember member = new VirtualMember(this, i, settings.get(i), clocks.get(i));
            members.add(member);
            byId.put(member.id(), member);
        }
        network = new VirtualNetwork(this, members.size(), random("network"));
        invariants = JUDGED_BY_HISTORY_ALONE ? new Unjudged(this, members) : new Invariants(this, members);
    }

    /** From here on the members' logs feed state machines. */
    void remember(MemoryPlan plan) {
        memory = new MemoryWorld(this, plan);
    }

    /** What there is in a run whose logs feed state machines, or {@code null}. */
    @Nullable MemoryWorld memory() {
        return memory;
    }

    /** An entry of the application that changes nothing. */
    Payload.Application filler(String what) {
        return memory == null
                ? new Payload.Application("test", Bytes.utf8(what))
                : CommandCodec.encode(new SessionOpening("nobody", what, 0));
    }

    RandomGenerator random(String purpose) {
        return random(seed, purpose);
    }

    static RandomGenerator random(long seed, String purpose) {
        return new SplittableRandom(seed * 0x9E3779B97F4A7C15L ^ purpose.hashCode() * 0xD1B54A32D192ED03L);
    }

    long nowNanos() {
        return nowNanos;
    }

    Trace trace() {
        return trace;
    }

    Coverage coverage() {
        return coverage;
    }

    VirtualNetwork network() {
        return network;
    }

    Invariants invariants() {
        return invariants;
    }

    WhatUsersSee users() {
        return users;
    }

    ApplicationsFed applicationsFed() {
        return applicationsFed;
    }

    List<VirtualMember> members() {
        return members;
    }

    VirtualMember member(String id) {
        VirtualMember member = byId.get(id);
        if (member == null) {
            throw new IllegalArgumentException("there is no member '" + id + "'");
        }
        return member;
    }

    @Nullable VirtualMember memberOrNull(String id) {
        return byId.get(id);
    }

    long nextExchange() {
        return ++exchanges;
    }

    long nextCall() {
        return ++calls;
    }

    /** Shows every effect to a test as soon as readers in its member's process see it, before it is carried out. */
    void listen(BiConsumer<VirtualMember, Effect> newListener) {
        listener = newListener;
    }

    void seen(VirtualMember member, Effect effect) {
        users.seen(member, effect);
        listener.accept(member, effect);
    }

    void answered(Effect.TransferEnded ended) {
        handovers.put(ended.call(), ended);
    }

    void answered(Effect.ProposalAnswered answered) {
        proposals.put(answered.call(), answered);
    }

    void answered(Effect.MemberChangeEnded ended) {
        memberChanges.put(ended.call(), ended.result());
    }

    /** How a change of members ended, or {@code null} if it has not. */
    MemberChange.@Nullable Result memberChange(long call) {
        return memberChanges.get(call);
    }

    Effect.@Nullable TransferEnded transferEnded(long call) {
        return handovers.get(call);
    }

    Effect.@Nullable ProposalAnswered proposalAnswered(long call) {
        return proposals.get(call);
    }

    /** One member may lie from now on. */
    void letLie(VirtualMember member) {
        liar = new Liar(this, member, random("liar"));
        if (member.kind().votes()) {
            // A voter may say that it knows two leaders, which deposes the one that asked it.
            invariants.forged();
            users().believeEveryEnd();
        }
        if (mayFollowALiar()) {
            users().believeNoLeader();
            invariants.believeNoLeader();
        }
    }

    /** The mouth of the member that may lie, or {@code null}. */
    @Nullable Liar liar() {
        return liar;
    }

    /**
     * Whether a member may lie that could lead. Who has committed what it said holds other entries for ever, and acknowledges
     * those of the next leader all the same.
     */
    boolean mayFollowALiar() {
        return liar != null && liar.member().kind() == MemberKind.DATA;
    }

    boolean mayLie(@Nullable VirtualMember member) {
        return liar != null && liar.member() == member;
    }

    /** How many foundings all memory of which is gone. */
    int founding() {
        return founding;
    }

    /** All memory of the founding is lost: the next one makes another cluster. */
    void forgetFounding() {
        founding++;
        if (memory != null) {
            memory.history().judge();
            memory.rule().foundedAnew();
        }
        invariants.foundedAnew();
    }

    /** Somebody waits for moments from now on, or nobody. */
    void ambush(@Nullable BiConsumer<VirtualMember, Moment> newAmbush) {
        ambush = newAmbush;
    }

    boolean isAmbushed() {
        return ambush != null;
    }

    void reached(VirtualMember member, Moment moment) {
        if (ambush != null) {
            ambush.accept(member, moment);
        }
    }

    void at(long trueNanos, Runnable action) {
        queue.add(Math.max(trueNanos, nowNanos), action);
    }

    /** Does something again and again, at random times so far apart on average. */
    void repeat(RandomGenerator random, long meanNanos, Runnable action) {
        long wait = (long) (-Math.log(1 - random.nextDouble()) * meanNanos);
        at(nowNanos + wait, () -> {
            action.run();
            repeat(random, meanNanos, action);
        });
    }

    /** Listeners take any time up to this. */
    void listeners(long longestNanos) {
        longestListenerNanos = longestNanos;
    }

    /** Listeners take exactly so long. */
    void listenersTake(long nanos) {
        shortestListenerNanos = nanos;
        longestListenerNanos = nanos;
    }

    long listenerNanos(RandomGenerator random) {
        long span = longestListenerNanos - shortestListenerNanos;
        return shortestListenerNanos + (span == 0 ? 0 : random.nextLong(span + 1));
    }

    /** Timers fire late by any time up to this. */
    void timers(long latestNanos) {
        latestTimerNanos = latestNanos;
    }

    long timerLatenessNanos(RandomGenerator random) {
        return latestTimerNanos == 0 ? 0 : random.nextLong(latestTimerNanos + 1);
    }

    /** Lets everything happen that happens up to an instant, that instant included. */
    void run(long untilNanos) {
        while (queue.nextNanos() <= untilNanos) {
            nowNanos = queue.nextNanos();
            queue.poll().run();
        }
        nowNanos = Math.max(nowNanos, untilNanos);
    }

    /**
     * Runs until something holds, which is looked at after each event.
     *
     * @return whether it holds; if not, time is at the limit
     */
    boolean run(long untilNanos, BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            if (queue.nextNanos() > untilNanos) {
                nowNanos = Math.max(nowNanos, untilNanos);
                return condition.getAsBoolean();
            }
            nowNanos = queue.nextNanos();
            queue.poll().run();
        }
        return true;
    }

    /** The member whose {@code isLeader()} holds at this instant, without anybody asking. */
    @Nullable VirtualMember leader() {
        for (VirtualMember member : members) {
            if (member.isUp() && member.leadsUntilNanos() > nowNanos) {
                return member;
            }
        }
        return null;
    }

    /**
     * Why this is not yet a cluster in which all is well.
     *
     * @return a clause, or {@code null} if a leader leads, everybody knows it, all logs are committed alike, and every
     *     voter counts
     */
    @Nullable String disagreement() {
        return disagreementBesides(null);
    }

    private static boolean isNamedByNobody(VirtualMember member, ElectionView leading) {
        Membership membership = leading.membership();
        return membership != null && membership.member(member.id()).isEmpty();
    }

    /** Whether its list, or its log, names a member that still belongs to the cluster. */
    private static boolean knowsWhomToAsk(VirtualMember member, ElectionView leading) {
        Membership named = member.view().membership();
        return leading.membership().members().stream()
                .map(EnrolledMember::id)
                .anyMatch(id -> member.settings().member(id).isPresent()
                        || (named != null && named.member(id).isPresent()));
    }

    /** Which member that wishes to join has not got the leader's log, or {@code null} if all have. */
    @Nullable String lateLearner() {
        VirtualMember leader = leader();
        if (leader == null) {
            return "nobody leads";
        }
        ElectionView leading = leader.view();
        for (VirtualMember member : members) {
            boolean joins = member.isUp()
                    && isNamedByNobody(member, leading)
                    && !invariants.hasLeft(member, leading.membership())
                    && knowsWhomToAsk(member, leading);
            if (joins && member.view().commitIndex() != leading.commitIndex()) {
                return member + " has committed " + member.view().commitIndex() + ", " + leader + " "
                        + leading.commitIndex();
            }
        }
        return null;
    }

    /** As {@link #disagreement()}, but a member's own log and list are left out. */
    @Nullable String disagreementBesides(@Nullable VirtualMember besides) {
        VirtualMember leader = leader();
        if (leader == null) {
            return "nobody leads";
        }
        ElectionView leading = leader.view();
        if (leading.commitIndex() != leading.last().index()) {
            return leader + " has committed " + leading.commitIndex() + " of " + leading.last();
        }
        for (VirtualMember member : members) {
            if (!member.isUp()) {
                return member + " is " + member.process();
            }
            if (isNamedByNobody(member, leading)) {
                continue;
            }
            ElectionView view = member.view();
            if (!leader.id().equals(view.leader()) || view.term() != leading.term()) {
                return leader + " leads term " + leading.term() + ", but " + member + " believes in " + view.leader()
                        + " in term " + view.term();
            }
            if (member == besides) {
                continue;
            }
            if (view.commitIndex() != leading.commitIndex()) {
                return member + " has committed " + view.commitIndex() + ", " + leader + " " + leading.commitIndex();
            }
            Membership membership = view.membership();
            if (membership == null) {
                return member + " knows no membership";
            }
            for (EnrolledMember enrolled : membership.members()) {
                if (Enrolment.votes(enrolled)
                        && !enrolled.incarnation()
                                .equals(member(enrolled.id()).disk().incarnation())) {
                    return member + " has not heard that " + enrolled.id() + " was let in";
                }
            }
            VirtualReplica replica = member.replica();
            if (replica != null && (replica.hasFailed() || replica.appliedIndex() != leading.commitIndex())) {
                return member + (replica.hasFailed() ? " applies nothing" : " has applied " + replica.appliedIndex());
            }
            if (memory == null
                    && member.settings().compactionThreshold() * 2L + 2
                            < member.election().entries().size()) {
                return member + " keeps " + member.election().entries().size() + " entries";
            }
        }
        return null;
    }
}
