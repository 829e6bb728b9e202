package io.election.node;

import io.election.Role;
import io.election.StepDownReason;
import io.election.core.Effect;
import io.election.core.ElectionOutcome;
import io.election.core.LackOfMemory;
import io.election.core.Observation;
import io.election.core.Refusal;
import io.election.peer.PeerFailure;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Says what happens to a member: which sentence the log gets ({@link LogLines}), what the endpoint's history keeps
 * ({@link History}), and what is counted ({@link Counters}).
 */
final class Chronicle {

    private final String nodeId;
    private final LogLines log;
    private final History history = new History(Clock.systemUTC());
    private final Repeats repeats = new Repeats();
    private final Counters counters;
    private final MemberChangeLines members;
    private volatile long term;
    private volatile @Nullable PeerWatch peers;
    private volatile @Nullable String foundingWaits;
    private volatile WhyNobodyLeads.@Nullable Round lastRound;
    private volatile boolean inMemory;

    /** Whether it was said why this member's journal is of no use any more. */
    private volatile boolean memoryIsCopied;

    Chronicle(String cluster, String nodeId, List<NodeObserver> observers) {
        this(nodeId, new LogLines(cluster, nodeId), observers);
    }

    Chronicle(String nodeId, LogLines log, List<NodeObserver> observers) {
        this.nodeId = nodeId;
        this.log = log;
        this.counters = new Counters(observers, log, repeats);
        this.members = new MemberChangeLines(log, history, repeats, counters);
    }

    /** For a rehearsal: says nothing, and counts for nobody. */
    Chronicle rehearsed(String member) {
        return new Chronicle(member, LogLines.silent(member), counters.rehearsed());
    }

    /** Sets who knows more of the peers than the election observes. */
    void peers(PeerWatch watch) {
        peers = watch;
    }

    /** Why no cluster is founded, as it was said last; {@code null} if nothing was said. */
    @Nullable String foundingWaits() {
        return foundingWaits;
    }

    /** How the last round of this member's elections ended, if it has ended since; else {@code null}. */
    WhyNobodyLeads.@Nullable Round lastRound(Instant since) {
        WhyNobodyLeads.Round last = lastRound;
        return last == null || last.at().isBefore(since) ? null : last;
    }

    /** Says why nobody leads, once a minute at most. */
    void nobodyLeads(Duration since, Supplier<@Nullable WhyNobodyLeads> asked) {
        if (!repeats.isDue("nobody leads")) {
            return;
        }
        WhyNobodyLeads why = asked.get();
        if (why != null) {
            log.say(
                    Level.WARN,
                    "has known no leader for {} s: {reason}. {}.{+duration-ms}",
                    since.toSeconds(),
                    why.summary(),
                    why.members().stream()
                            .map(member -> "'" + member.id() + "': " + member.why())
                            .collect(Collectors.joining(". ")),
                    since.toMillis());
        }
    }

    /** As {@link LogLines#say}. */
    void note(Level level, String predicate, @Nullable Object... arguments) {
        log.say(level, predicate, arguments);
    }

    /** Keeps an event of the current term for the endpoint. */
    void event(String what, String reason) {
        history.add(term, what, reason);
    }

    /** As {@link LogLines#leftOut(Error)}. */
    void leftOut(Error failure) {
        log.leftOut(failure);
    }

    /** As {@link LogLines#aside}. */
    void aside(Runnable work) {
        log.aside(work);
    }

    /** As {@link LogLines#flush}. */
    void flush(Duration atMost) throws InterruptedException {
        log.flush(atMost);
    }

    List<NodeStatus.HistoryEntry> history() {
        return history.entries();
    }

    // ------------------------------------------------------------------------------------------------ the member's
    // life

    void started(long inTerm, @Nullable String votedFor) {
        term = inTerm;
        if (inTerm == 0) {
            log.say(Level.INFO, "has started. It has taken part in no election yet.");
        } else if (votedFor == null) {
            log.say(Level.INFO, "has started in term {term}.", inTerm);
        } else {
            log.say(Level.INFO, "has started in term {term}, in which it voted for '{voted-for}'.", inTerm, votedFor);
        }
        history.add(inTerm, "started", null);
    }

    /** A member that others count on begins a new memory at each start, so that new memories are nothing to worry about. */
    void startedInMemory(String incarnation, boolean found) {
        inMemory = true;
        if (found) {
            log.say(
                    Level.INFO,
                    "keeps its vote and its log in memory only, as incarnation {incarnation}, and looks for other members. Its"
                            + " vote counts once a leader has promoted it, or once it has founded a cluster with them. If so"
                            + " many members end at once that the others are no quorum, restart those as well: then a new"
                            + " cluster is founded, whose fencing tokens rise only if no wall clock was set back.",
                    incarnation);
            return;
        }
        log.say(
                Level.INFO,
                "keeps its vote and its log in memory only, as incarnation {incarnation}. Its vote counts once a leader has"
                        + " let this memory in, or once all voters have founded the cluster. If a majority is killed at once,"
                        + " the cluster does not come back before all its members have been restarted. Then it is founded"
                        + " again, and its fencing tokens rise only if no wall clock was set back.",
                incarnation);
    }

    /** Before the election hears of it as of a disk that failed. */
    void memoryIsCopied(String reason) {
        memoryIsCopied = true;
        log.say(
                Level.ERROR,
                "can no longer rely on its directory: {reason}. It neither votes nor leads any more, because a vote may be"
                        + " forgotten. Stop it, move its directory away, and start it with an empty one: the leader lets it"
                        + " in. If another process runs as this member, stop that one first.",
                reason);
        history.add(term, "directory-copied", reason);
    }

    void notReady(String holding, String advice) {
        log.say(
                Level.WARN,
                "votes, but does not stand for election and delivers no events, because its application is not ready:"
                        + " {reason}. {}",
                holding,
                advice);
        history.add(term, "not-ready", holding);
    }

    void readyAfterAll() {
        log.say(Level.INFO, "stands for election from now on: its application is ready.");
        history.add(term, "ready", null);
    }

    void stopped(long inTerm) {
        log.say(Level.INFO, "has stopped.");
        history.add(inTerm, "stopped", null);
    }

    /** It stops for good, and asks the others to go on without it. */
    void leaves() {
        members.leaves();
    }

    /** The member takes no further part; {@code what} of it came to its end. */
    void failed(String what, Throwable cause) {
        log.say(
                Level.ERROR,
                LackOfMemory.in(cause) != null
                        ? "takes no further part until its process is restarted: {} ran out of memory. Give the process"
                                + " more memory, and let it exit when it has none: -XX:+ExitOnOutOfMemoryError."
                        : "takes no further part until its process is restarted: {} failed in a way that must never"
                                + " happen.",
                what,
                cause);
        history.add(term, "failed", what + ": " + cause);
    }

    // ------------------------------------------------------------------------------------------------ the election

    /** Tells people, for which no election ends: a sentence for which there is no memory is left out. */
    void tell(Effect effect) {
        try {
            if (effect instanceof Effect.LeadershipGained gained) {
                elected(gained.term(), gained.token().value());
            } else if (effect instanceof Effect.LeadershipEnded ended) {
                steppedDown(ended.term(), ended.reason());
            } else if (effect instanceof Effect.LeaderChanged changed) {
                leaderChanged(changed.term(), changed.leader());
            } else if (effect instanceof Effect.Observed observed) {
                observed(observed.observation());
            }
        } catch (Error unsaid) {
            log.leftOut(unsaid);
        }
    }

    void elected(long inTerm, long token) {
        log.say(Level.INFO, "leads now, in term {term} with fencing token {token}.", inTerm, token);
        history.add(inTerm, "elected", null);
    }

    void steppedDown(long inTerm, StepDownReason reason) {
        boolean planned = reason == StepDownReason.REQUESTED
                || reason == StepDownReason.HANDED_OVER
                || reason == StepDownReason.SHUTDOWN;
        log.say(
                planned ? Level.INFO : Level.WARN,
                "no longer leads: {}. It led in term {term}.{+reason}",
                why(reason),
                inTerm,
                dashed(reason.name()));
        history.add(inTerm, "stepped-down", dashed(reason.name()));
    }

    private static String why(StepDownReason reason) {
        return switch (reason) {
            case HIGHER_TERM -> "another member is in a higher term";
            case LEASE_LOST -> "too few members acknowledged its heartbeats in time";
            case CLOCK_JUMPED ->
                "the wall clock jumped ahead, because it was set or the machine was suspended, so its lease is no longer"
                        + " reliable";
            case OPENING_NOT_COMMITTED -> "the entry that opens the term did not reach a quorum in time";
            case STORAGE_FAILED -> "its journal failed";
            case STATE_MACHINE_FAILED -> "its state machine failed";
            case TWO_LEADERS -> "another leader was seen in the same term";
            case SUPERSEDED -> "another cluster of the same name has a leader and a higher generation";
            case REQUESTED -> "it was asked to step down";
            case HANDED_OVER -> "it hands its leadership over";
            case SHUTDOWN -> "it is shutting down";
            case INTERNAL_ERROR -> "its election came to an end";
        };
    }

    /** This life ends, and another one begins with an empty memory. */
    void beginsAnew(String why) {
        log.say(Level.WARN, "forgets what it holds and begins a new life: {reason}.", why);
        history.add(term, "begins-anew", why);
    }

    void workOutOfTime(long inTerm, int left) {
        log.say(
                Level.WARN,
                "no longer waits for what began under its leadership of term {term}: {count} listeners or pieces of work are"
                        + " still running, and another member may lead now.",
                inTerm,
                left);
    }

    void leaderChanged(long inTerm, @Nullable String leader) {
        if (leader == null) {
            log.say(Level.INFO, "knows of no leader in term {term}.", inTerm);
        } else if (!leader.equals(nodeId)) {
            log.say(Level.INFO, "follows '{leader}' in term {term}.", leader, inTerm);
        }
        history.add(inTerm, leader == null ? "leader-unknown" : "leader-known", leader);
    }

    /** The watch on the peers says it to people. */
    void membersChanged(Set<String> members) {
        counters.count(o -> o.membersChanged(members));
    }

    void termChanged(long newTerm) {
        term = newTerm;
        counters.count(NodeObserver::termChanged);
    }

    private void observed(Observation observation) {
        if (observation instanceof Observation.RoleChanged change) {
            if (change.from() != change.to()) {
                log.say(
                        Level.DEBUG,
                        "goes from {role-before} to {role} in term {term}: {reason}.",
                        name(change.from()),
                        name(change.to()),
                        change.term(),
                        change.reason());
            }
        } else if (observation instanceof Observation.RoundEnded round) {
            roundEnded(round);
        } else if (observation instanceof Observation.VoteDecided vote) {
            voteDecided(vote);
        } else if (observation instanceof Observation.HeartbeatAcknowledged ack) {
            counters.count(o -> o.heartbeatAcknowledged(ack.member(), ack.roundTrip()));
        } else {
            unusual(observation);
        }
    }

    private void voteDecided(Observation.VoteDecided vote) {
        Refusal refusal = vote.refusal();
        String reason = refusal == null ? "none" : dashed(refusal.reason().name());
        String phase = dashed(vote.phase().name());
        counters.count(o -> o.voteDecided(phase, refusal == null, reason));
        if (refusal == null) {
            log.say(Level.DEBUG, "grants '{peer}' its {phase} for term {term}.", vote.candidate(), phase, vote.term());
        } else {
            log.say(
                    Level.DEBUG,
                    "refuses '{peer}' its {phase} for term {term}: {}.{+reason}",
                    vote.candidate(),
                    phase,
                    vote.term(),
                    describe(refusal),
                    reason);
        }
    }

    private void roundEnded(Observation.RoundEnded round) {
        String outcome = dashed(round.outcome().name());
        counters.count(o -> o.roundEnded(outcome));
        Map<String, String> refusals = refusals(round);
        lastRound = new WhyNobodyLeads.Round(
                Instant.now(),
                round.term(),
                round.votes().stream().sorted().toList(),
                round.needed(),
                refusals,
                round.detail());
        String said = answers(round, refusals);
        if (round.outcome() == ElectionOutcome.NOT_ELECTABLE) {
            // Why no cluster is founded was said already.
            Level level = round.detail().equals(foundingWaits) ? Level.DEBUG : Level.INFO;
            log.say(level, "does not stand for election: {reason}.{+outcome}", round.detail(), outcome);
        } else if (round.outcome() == ElectionOutcome.ELECTED) {
            log.say(
                    Level.INFO,
                    "was elected in term {term} with {votes} of {votes-needed} votes needed.{+outcome}",
                    round.term(),
                    round.votes().size(),
                    round.needed(),
                    outcome);
        } else if (repeats.isDue("round " + outcome)) {
            log.say(
                    Level.INFO,
                    "was not elected in term {term}: {votes} of {votes-needed} votes needed; {reason}{}.{+outcome}",
                    round.term(),
                    round.votes().size(),
                    round.needed(),
                    round.detail(),
                    said,
                    outcome);
        }
        if (round.outcome() != ElectionOutcome.PRE_VOTE_FAILED && round.outcome() != ElectionOutcome.TIMED_OUT) {
            history.add(round.term(), "election-" + outcome, round.detail());
        }
    }

    private static Map<String, String> refusals(Observation.RoundEnded round) {
        Map<String, String> refusals = new TreeMap<>();
        round.refusals().forEach((voter, refusal) -> refusals.put(voter, describe(refusal)));
        return refusals;
    }

    /** Who refused, and who was not reached, and why; empty if nobody. */
    private String answers(Observation.RoundEnded round, Map<String, String> refusals) {
        Map<String, String> answers = new TreeMap<>(refusals);
        PeerWatch watch = peers;
        if (watch != null) {
            Set<String> answered = new HashSet<>(round.votes());
            answered.addAll(round.refusals().keySet());
            watch.failures(answered).forEach((voter, failure) -> answers.put(voter, "not reached, " + failure));
        }
        return answers.isEmpty()
                ? ""
                : answers.entrySet().stream()
                        .map(e -> "'" + e.getKey() + "': " + e.getValue())
                        .collect(Collectors.joining(", ", " (", ")"));
    }

    private void roundTripJudged(Observation.RoundTripJudged judged) {
        long roundTrip = judged.roundTrip().toMillis();
        if (judged.tooLong()) {
            log.say(
                    Level.WARN,
                    "has a network that is too slow for its settings: a quorum takes {} ms to answer, and a leadership lasts"
                            + " with {} ms at most. Raise election.election-timeout to {} ms or more on every member, and"
                            + " election.lease-duration and election.heartbeat-interval in proportion, if they are set."
                            + "{+duration-ms}",
                    roundTrip,
                    judged.longest().toMillis(),
                    judged.timeoutNeeded().toMillis(),
                    roundTrip);
            history.add(term, "network-too-slow", roundTrip + " ms");
        } else {
            log.say(
                    Level.INFO,
                    "has a network that is fast enough for its settings again: a quorum takes {} ms to answer.{+duration-ms}",
                    roundTrip,
                    roundTrip);
            history.add(term, "network-fast-enough", roundTrip + " ms");
        }
    }

    private void unusual(Observation observation) {
        if (observation instanceof Observation.Founded founded) {
            log.say(
                    Level.INFO,
                    "has founded the cluster: id {cluster-id}, generation {generation}.",
                    founded.membership().clusterId(),
                    founded.membership().generation());
            history.add(1, "founded", founded.membership().clusterId());
        } else if (observation instanceof Observation.LetIn letIn) {
            log.say(
                    inMemory ? Level.INFO : Level.WARN,
                    inMemory
                            ? "lets '{peer}' in again: its memory is new (incarnation {incarnation}), as after each start of a"
                                    + " member that keeps it in memory only."
                            : "lets '{peer}' in again: its durable memory is new (incarnation {incarnation}). If nobody"
                                    + " removed its directory, find out why it is gone.",
                    letIn.member(),
                    letIn.incarnation());
            history.add(term, "let-in", letIn.member());
        } else if (observation instanceof Observation.RoundTripJudged judged) {
            roundTripJudged(judged);
        } else if (observation instanceof Observation.TermLeapt leap) {
            log.say(
                    Level.WARN,
                    "went from term {term-before} to term {term} at once: {reason}. No cluster holds so many elections: a"
                            + " member lies, or its memory is damaged. Terms end at 2^40.",
                    leap.from(),
                    leap.to(),
                    leap.reason());
            history.add(leap.to(), "term-leapt", leap.reason());
        } else if (observation instanceof Observation.RequestRefused refused) {
            if (repeats.isDue("request " + refused.from() + refused.refusal().reason())) {
                log.say(
                        Level.WARN,
                        "refuses {request} messages from '{peer}': {}.{+reason}",
                        refused.request(),
                        refused.from(),
                        describe(refused.refusal()),
                        dashed(refused.refusal().reason().name()));
            }
        } else if (observation instanceof Observation.ListDiffers differs) {
            PeerWatch watch = peers;
            if (watch != null) {
                watch.listDiffers(differs.member());
            }
        } else if (observation instanceof Observation.ClocksDiffer differ) {
            if (repeats.isDue("clocks")) {
                log.say(
                        Level.WARN,
                        "does not found the cluster: the wall clocks of its founders differ by {duration-ms} ms or more, as"
                                + " '{peer}' shows, and may differ by {} ms. Set the clocks of all members right, for example by"
                                + " NTP.",
                        differ.difference().toMillis(),
                        differ.member(),
                        differ.allowed().toMillis());
            }
        } else if (observation instanceof Observation.FoundingWaits waits) {
            foundingWaits = waits.why();
            if (repeats.isDue("founding " + waits.why())) {
                log.say(Level.INFO, "does not found a cluster yet: {reason}.", waits.why());
            }
        } else if (observation instanceof Observation.Superseded superseded) {
            log.say(
                    Level.WARN,
                    superseded.joins()
                            ? "gives its cluster up for {cluster-id} of the same name, which has the higher generation"
                                    + " {generation} and is led by '{leader}'. It forgets what it holds, and joins that cluster."
                            : "takes no further part: {cluster-id}, another cluster of the same name, has the higher generation"
                                    + " {generation} and is led by '{leader}'. Find out which of the two is right. To let this"
                                    + " member join the other one, stop it, move its directory (election.storage.directory)"
                                    + " away, and start it.",
                    superseded.clusterId(),
                    superseded.generation(),
                    superseded.leader());
            history.add(term, "superseded", superseded.clusterId());
        } else if (observation instanceof Observation.TwoLeaders two) {
            log.say(
                    Level.ERROR,
                    "has seen two leaders in term {term}: '{leader}' and '{peer}'. This must never happen. Both step down."
                            + " Check whether a directory was rolled back to an older copy, and whether two processes share"
                            + " an id.",
                    two.term(),
                    two.one(),
                    two.other());
            history.add(two.term(), "two-leaders", two.one() + ", " + two.other());
        } else if (members.tell(observation, term)) {
            // Said.
        } else if (observation instanceof Observation.StorageFailed failed) {
            if (memoryIsCopied) {
                return;
            }
            log.say(
                    Level.ERROR,
                    "can no longer write to its journal: {reason}. It neither votes nor leads until it is restarted on a"
                            + " working disk.",
                    failed.detail());
            history.add(term, "storage-failed", failed.detail());
        } else if (observation instanceof Observation.MachineFailed failed) {
            // The memory says it, with its cause.
            history.add(term, "state-machine-failed", failed.detail());
        } else if (observation instanceof Observation.ImageNotTaken failed) {
            history.add(term, "snapshot-failed", failed.detail());
        } else if (observation instanceof Observation.ReplicasDiffer differs) {
            replicasDiffer(differs);
        } else if (observation instanceof Observation.TransferProgress progress) {
            log.say(Level.DEBUG, "hands over: '{peer}' {reason}.", progress.successor(), progress.what());
            history.add(term, "handover", progress.successor() + " " + progress.what());
        }
    }

    private void replicasDiffer(Observation.ReplicasDiffer differs) {
        if (repeats.isDue("replicas " + differs.member())) {
            log.say(
                    Level.WARN,
                    differs.feedsHere()
                            ? "has a replicated memory, and '{peer}' has none. Nothing can be written to it while a member of the"
                                    + " cluster cannot read it. Give all members the same election.store.enabled, or the same"
                                    + " StateMachine."
                            : "has no replicated memory, and '{peer}' has one. Nothing can be written to that while this member"
                                    + " cannot read it. Give all members the same election.store.enabled, or the same StateMachine.",
                    differs.member());
        }
        history.add(term, "memory-differs", differs.member());
    }

    // ------------------------------------------------------------------------------------------------ its surroundings

    /** Grave is a pause that may cost a leadership; of the others one in a while is told. */
    void stalled(Duration length, String what, boolean grave) {
        if (grave) {
            log.say(
                    Level.WARN,
                    "stood still for {duration-ms} ms: {reason}. A pause as long as the lease costs the leadership.",
                    length.toMillis(),
                    what);
            history.add(term, "stalled", length.toString());
        } else if (repeats.isDue("stalled")) {
            log.say(Level.INFO, "stood still for {duration-ms} ms: {reason}.", length.toMillis(), what);
        }
        counters.count(o -> o.stalled(length));
    }

    /** The wall clock went ahead of the monotonic one, or behind. */
    void clockJumped(Duration ahead) {
        log.say(
                Level.WARN,
                "saw the wall clock jump by {duration-ms} ms against the monotonic clock: it was set, or the machine was"
                        + " suspended. A jump ahead by as much as the lease costs the leadership.",
                ahead.toMillis());
        history.add(term, "clock-jumped", ahead.toString());
    }

    /** A write of this process to the replicated memory got its answer. Called on any thread. */
    void writeEnded(String outcome) {
        counters.count(o -> o.writeEnded(outcome));
    }

    void listenerFailed() {
        counters.count(NodeObserver::listenerFailed);
    }

    /** Somebody's handover has ended, or the member that led; outcome as {@link NodeObserver#HANDOVERS}. */
    void handedOver(String outcome, Duration took) {
        counters.count(o -> o.handedOver(outcome, took));
    }

    void delivers(String event) {
        counters.count(o -> o.eventDelivered(event));
    }

    void peerFailed(String detail) {
        String kind = PeerFailure.of(detail).dashed();
        counters.count(o -> o.peerFailed(kind));
    }

    // ------------------------------------------------------------------------------------------------ words

    private static String describe(Refusal refusal) {
        StringBuilder said = new StringBuilder(dashed(refusal.reason().name()).replace('-', ' '));
        if (refusal.boundFor() != null) {
            said.append(" for ").append(refusal.boundFor().toMillis()).append(" ms");
        }
        if (refusal.position() != null) {
            said.append(" at ")
                    .append(refusal.position().term())
                    .append('/')
                    .append(refusal.position().index());
        }
        if (refusal.member() != null) {
            said.append(" (").append(refusal.member()).append(')');
        }
        return said.toString();
    }

    static String dashed(String enumName) {
        return enumName.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String name(Role role) {
        return dashed(role.name());
    }
}
