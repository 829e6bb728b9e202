package io.election.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers the requests of peers. {@link Request} describes what a member may ask of another. */
final class Respondent {

    private final StepTime time;
    private final Outbox outbox;
    private final Ballot ballot;
    private final ElectionLog log;
    private final AppliedLog applied;
    private final Configuration configuration;
    private final Positions positions;
    private final Messenger messenger;
    private final KnownLeader leader;
    private final Service service;
    private final Newcomers newcomers;
    private final Rivals rivals;
    private final Pauses pauses;
    private final Assembly assembly;
    private final Bond bond;
    private final Voter voter;
    private final Elector elector;
    private final LogAcceptor acceptor;
    private final Roles roles;
    private final long timeoutNanos;

    /** What other members passed on to this life of the member, in whatever role. */
    private final ProposalsSeen proposalsSeen = new ProposalsSeen();

    /** The term in which this life of the member began. */
    private final long firstTerm;

    /** Whether an earlier life may have led that term: it voted for itself. */
    private final boolean mayHaveLedFirstTerm;

    /** The cluster of the leader that was followed last. A member that holds no entry knows it from nothing else. */
    private @Nullable String clusterFollowed;

    Respondent(MemberState state, Voter voter, Elector elector, LogAcceptor acceptor, Roles roles) {
        this.time = state.time();
        this.outbox = state.outbox();
        this.ballot = state.ballot();
        this.log = state.log();
        this.applied = state.applied();
        this.configuration = state.configuration();
        this.positions = state.positions();
        this.messenger = state.messenger();
        this.leader = state.leader();
        this.service = state.service();
        this.newcomers = state.newcomers();
        this.rivals = state.rivals();
        this.pauses = state.pauses();
        this.assembly = state.assembly();
        this.bond = state.bond();
        this.voter = voter;
        this.elector = elector;
        this.acceptor = acceptor;
        this.roles = roles;
        this.timeoutNanos = state.settings().electionTimeout().toNanos();
        this.firstTerm = ballot.term();
        this.mayHaveLedFirstTerm = configuration.isSelf(ballot.votedFor());
    }

    void onRequest(long exchange, Request request) {
        rivals.heard(request.header());
        pauses.heard(request.header());
        if (request instanceof Request.Vote vote) {
            onVote(exchange, vote);
        } else if (request instanceof Request.Heartbeat heartbeat) {
            onHeartbeat(exchange, heartbeat);
        } else if (request instanceof Request.Append append) {
            onAppend(exchange, append);
        } else if (request instanceof Request.InstallSnapshot install) {
            onInstallSnapshot(exchange, install);
        } else if (request instanceof Request.TimeoutNow timeoutNow) {
            onTimeoutNow(exchange, timeoutNow);
        } else if (request instanceof Request.Ping ping) {
            // It says nothing that depends on a write, so it waits for none.
            messenger.reply(exchange, new Response.Ping(messenger.answerTo(ping)), 0);
        } else if (request instanceof Request.Announce announce) {
            onAnnounce(exchange, announce);
        } else if (request instanceof Request.Leave leave) {
            onLeave(exchange, leave);
        } else if (request instanceof Request.Change change) {
            onChange(exchange, change);
        } else if (request instanceof Request.Propose propose) {
            onPropose(exchange, propose);
        } else if (request instanceof Request.ReadIndex read) {
            onReadIndex(exchange, read);
        } else if (request instanceof Request.FetchImage fetch) {
            // Where there is a memory, it is answered beside the core.
            messenger.reply(exchange, new Response.FetchImage(messenger.answerTo(fetch), null), 0);
        } else {
            throw new IllegalArgumentException("unknown kind of request: " + request);
        }
    }

    private void onVote(long exchange, Request.Vote request) {
        String candidate = request.header().from();
        Refusal refusal = voter.judge(request, roles.role() instanceof Leader);
        if (refusal != null && refusal.reason() == RefusalReason.LIST_DIFFERS) {
            configuration.reportListDiffers(candidate);
        } else {
            configuration.noticeFounding(candidate, request.founding());
        }
        outbox.observe(new Observation.VoteDecided(request.phase(), candidate, request.term(), refusal));
        if (refusal == null && request.phase() == Phase.VOTE) {
            List<ListedMember> founding = request.founding();
            if (founding != null) {
                assembly.voted(founding.stream().map(ListedMember::id).sorted().toList());
            }
            grant(request.header(), request.term());
        } else if (refusal == null && elector.givesWayTo(candidate, roles.role())) {
            roles.follow(ballot.term(), "gave way to " + candidate);
            elector.standNotBefore(time.nanos() + elector.stepNanos());
        }
        messenger.reply(
                exchange,
                new Response.Vote(
                        messenger.answerTo(request),
                        request.phase(),
                        request.term(),
                        messenger.shownTerm(),
                        refusal,
                        refusal == null && request.founding() != null ? elector.ownClock() : null),
                outbox.hardStateWrite());
    }

    private void grant(Header header, long inTerm) {
        String candidate = header.from();
        if (inTerm > ballot.term() || !roles.isFollower()) {
            roles.follow(inTerm, "voted for " + candidate);
        }
        ballot.voteFor(candidate);
        // safety rule 5: the vote holds back other grants for a step, so that the winner can be heard.
        voter.voted(header, time.nanos() + elector.holdBackNanos(candidate));
        Succession waiting = roles.succession();
        if (waiting != null && inTerm > waiting.term()) {
            waiting.voted();
        }
    }

    private void onHeartbeat(long exchange, Request.Heartbeat request) {
        Refusal refusal = accept(request);
        if (refusal == null) {
            acceptor.heartbeat(request);
            noticeCommit(request);
        }
        messenger.reply(
                exchange,
                new Response.Heartbeat(
                        messenger.answerTo(request),
                        messenger.shownTerm(),
                        refusal,
                        log.last(),
                        positions.durable(),
                        refusal == null ? applied.status() : null),
                outbox.hardStateWrite());
    }

    private void onAppend(long exchange, Request.Append request) {
        Refusal refusal = accept(request);
        LogAcceptor.Result result = refusal == null ? acceptor.append(request) : new LogAcceptor.Result(refusal, 0);
        replyToEntries(exchange, request, result);
    }

    private void onInstallSnapshot(long exchange, Request.InstallSnapshot request) {
        Refusal refusal = accept(request);
        LogAcceptor.Result result = refusal == null ? acceptor.install(request) : new LogAcceptor.Result(refusal, 0);
        replyToEntries(exchange, request, result);
    }

    private void replyToEntries(long exchange, Request.FromLeader request, LogAcceptor.Result result) {
        if (result.refusal() == null) {
            noticeCommit(request);
        }
        messenger.reply(
                exchange,
                new Response.Append(
                        messenger.answerTo(request),
                        messenger.shownTerm(),
                        result.refusal(),
                        result.index(),
                        result.refusal() == null ? applied.shownIndex() : null),
                Math.max(outbox.hardStateWrite(), outbox.logWrite()));
    }

    /**
     * Checks a leader's message. Returns {@code null} if the message is accepted; this member is then bound to that
     * leader.
     */
    private @Nullable Refusal accept(Request.FromLeader request) {
        Header header = request.header();
        String from = header.from();
        if (outbox.storageFailed() && configuration.isOfThisCluster(header) && configuration.mayLead(header)) {
            // This member follows no leader, but a caller that waits for its transfer is told of the successor.
            roles.transferredTo(from, request.term());
        }
        if (outbox.storageFailed()) {
            return Refusal.of(RefusalReason.UNAVAILABLE);
        }
        if (!configuration.isOfThisCluster(header)) {
            return refuse(request, Refusal.of(RefusalReason.WRONG_CLUSTER));
        }
        if (rivals.superior() != null) {
            return Refusal.of(RefusalReason.SUPERSEDED);
        }
        if (!configuration.mayLead(header)) {
            return refuse(request, Refusal.of(RefusalReason.NOT_A_VOTER));
        }
        if (request.term() < ballot.term()) {
            return Refusal.of(RefusalReason.STALE_TERM);
        }
        if (roles.hasSeenTwoLeadersIn(request.term())) {
            return Refusal.of(RefusalReason.TWO_LEADERS);
        }
        if (!assembly.mayFollow(header, configuration.incarnation())) {
            return Refusal.of(RefusalReason.NOT_AGREED);
        }
        boolean ofAnother = log.isEmpty() && clusterFollowed != null && !clusterFollowed.equals(header.clusterId());
        if (ofAnother && bond.holds(time.nanos())) {
            // Two clusters of one name, of which one may have been founded anew: each has terms of its own.
            return Refusal.of(RefusalReason.WRONG_CLUSTER);
        }
        boolean leading = roles.role() instanceof Leader;
        if (!ofAnother && request.term() == ballot.term() && (leading || bond.isToAnother(from, ballot.term()))) {
            String other = leading ? configuration.self() : String.valueOf(bond.leader());
            roles.sawTwoLeaders(other, from);
            return Refusal.naming(RefusalReason.TWO_LEADERS, other);
        }
        if (request.term() > ballot.term() || !roles.isFollower()) {
            roles.follow(request.term(), from + " leads");
        }
        bond.renew(
                from,
                request.term(),
                time.nanos(),
                Math.max(timeoutNanos, request.promise().toNanos()));
        ballot.keepPromise(bond.longestPromise());
        elector.leaderHeard();
        assembly.leaderHeard();
        leader.heard(from, time.nanos());
        acceptor.follow();
        clusterFollowed = header.clusterId();
        roles.successorHeard(from, request.term());
        return null;
    }

    /**
     * A leader's message was handled. If the entry that opens its term is now known to be committed, a transfer to it is done. The
     * old leader answers until then: with one of three members down, the successor needs it for its quorum.
     */
    private void noticeCommit(Request.FromLeader request) {
        if (log.termAt(log.commitIndex()) == request.term()) {
            roles.transferredTo(request.header().from(), request.term());
        }
    }

    /** Changes who is talked to, and nothing of the election: it says nothing that depends on a write. */
    private void onAnnounce(long exchange, Request.Announce request) {
        String known = leader.id();
        EnrolledMember named = known == null ? null : configuration.enrolled(known);
        rivals.heard(request.header(), request.allegiance());
        messenger.reply(
                exchange,
                new Response.Announce(
                        messenger.answerTo(request),
                        enrol(request),
                        known,
                        named == null ? null : named.contact(),
                        configuration.generation(),
                        assembly.own(request.renounces())),
                0);
    }

    private void onLeave(long exchange, Request.Leave request) {
        Header header = request.header();
        Refusal refusal = null;
        if (!configuration.isOfThisCluster(header)) {
            refusal = Refusal.of(RefusalReason.WRONG_CLUSTER);
        } else if (roles.leadership() == null) {
            refusal = Refusal.of(RefusalReason.UNAVAILABLE);
        } else {
            roles.leadership().leaves(header.from(), header.fromIncarnation());
        }
        messenger.reply(exchange, new Response.Announce(messenger.answerTo(request), refusal, leader.id(), null), 0);
    }

    /** Another member passes on what its operator wishes. What the answer says is committed, or binds nobody. */
    private void onChange(long exchange, Request.Change request) {
        String from = request.header().from();
        Leader led = roles.leadership();
        if (!configuration.isOfThisCluster(request.header())) {
            refuseChange(exchange, request, MemberChange.Outcome.REFUSED, "'" + from + "' is of another cluster");
        } else if (configuration.enrolled(from) == null && newcomers.get(from) == null) {
            refuseChange(exchange, request, MemberChange.Outcome.REFUSED, "'" + from + "' is not a member");
        } else if (led == null) {
            refuseChange(exchange, request, MemberChange.Outcome.NOT_LEADER, "this member does not lead");
        } else {
            roles.apply(led.changeMembers(new MemberWish(
                    request.change(),
                    request.builds(),
                    request.force(),
                    null,
                    result -> answer(exchange, request, result))));
        }
    }

    /**
     * Another member passes on what its application writes. What the answer says is acknowledged, or was never appended (safety rule 17).
     * A copy of what arrived before is neither, whoever leads by now.
     */
    private void onPropose(long exchange, Request.Propose request) {
        Leader led = roles.leadership();
        if (!proposalsSeen.isNew(request)) {
            answer(exchange, request, ProposalOutcome.unknown("this proposal has arrived before"));
        } else if (led == null || request.leadersTerm() != ballot.term()) {
            if (mayHaveBeenTakenBefore(request)) {
                answer(
                        exchange,
                        request,
                        ProposalOutcome.unknown("this member may have taken it before it was started again"));
            } else {
                refuse(exchange, request, "this member does not lead in that term");
            }
        } else {
            String obstacle = strangerHere(request.header());
            if (obstacle != null) {
                refuse(exchange, request, obstacle);
            } else {
                led.propose(request.entries(), outcome -> answer(exchange, request, outcome));
            }
        }
    }

    /** Whether another copy of a proposal may have reached an earlier life of this member, while that led. */
    private boolean mayHaveBeenTakenBefore(Request.Propose request) {
        long term = request.leadersTerm();
        return term < firstTerm
                || (term == firstTerm && mayHaveLedFirstTerm)
                || !configuration.incarnation().equals(request.header().toIncarnation());
    }

    private void refuse(long exchange, Request.Propose request, String detail) {
        answer(exchange, request, ProposalOutcome.refused(ProposalOutcome.Reason.NO_LEADER, detail));
    }

    private void answer(long exchange, Request.Propose request, ProposalOutcome outcome) {
        messenger.reply(
                exchange,
                new Response.Propose(
                        messenger.answerTo(request),
                        messenger.shownTerm(),
                        outcome,
                        roles.leadership() == null ? 0 : log.commitIndex()),
                outbox.hardStateWrite());
    }

    /** Another member reads. The answer comes once a quorum has said that this member still leads. */
    private void onReadIndex(long exchange, Request.ReadIndex request) {
        Leader led = roles.leadership();
        if (strangerHere(request.header()) != null || led == null || !led.leads()) {
            answer(exchange, request, 0);
        } else {
            led.readIndex(index -> answer(exchange, request, index));
        }
    }

    private void answer(long exchange, Request.ReadIndex request, long index) {
        messenger.reply(
                exchange,
                new Response.ReadIndex(messenger.answerTo(request), messenger.shownTerm(), index),
                outbox.hardStateWrite());
    }

    /** Why nothing is done for a member, or {@code null} if it belongs to this cluster. */
    private @Nullable String strangerHere(Header header) {
        String from = header.from();
        if (!configuration.isOfThisCluster(header)) {
            return "'" + from + "' is of another cluster";
        }
        boolean known = configuration.enrolled(from) != null || newcomers.get(from) != null;
        return known ? null : "'" + from + "' is not a member";
    }

    private void refuseChange(long exchange, Request.Change request, MemberChange.Outcome outcome, String detail) {
        answer(exchange, request, new MemberChange.Result(outcome, Membership.versionOf(log.membership()), detail));
    }

    private void answer(long exchange, Request.Change request, MemberChange.Result result) {
        messenger.reply(
                exchange,
                new Response.Change(
                        messenger.answerTo(request), result.outcome(), result.version(), shortened(result.detail())),
                0);
    }

    /** Many members with long ids may be named in it. */
    private static String shortened(String detail) {
        if (detail.length() <= Response.Change.MOST_DETAIL) {
            return detail;
        }
        int end = Response.Change.MOST_DETAIL;
        return detail.substring(0, Character.isHighSurrogate(detail.charAt(end - 1)) ? end - 1 : end);
    }

    private @Nullable Refusal enrol(Request.Announce request) {
        Header header = request.header();
        if (outbox.storageFailed()) {
            return Refusal.of(RefusalReason.UNAVAILABLE);
        }
        if (log.isEmpty() || configuration.isForeign(header)) {
            return Refusal.of(RefusalReason.WRONG_CLUSTER);
        }
        Learner learner = new Learner(header.from(), request.kind(), header.fromIncarnation(), request.contact());
        EnrolledMember named = configuration.enrolled(learner.id());
        if (named != null && named.kind() != learner.kind()) {
            // It is removed first, and comes back with a new memory.
            return Refusal.of(RefusalReason.LIST_DIFFERS);
        }
        if (named == null && !newcomers.announced(learner)) {
            return Refusal.of(RefusalReason.UNAVAILABLE);
        }
        if (learner.contact() != null) {
            outbox.add(new Effect.ContactLearnt(learner.id(), learner.contact()));
        }
        return null;
    }

    private Refusal refuse(Request request, Refusal refusal) {
        outbox.observe(new Observation.RequestRefused(
                request.header().from(), request.getClass().getSimpleName(), refusal));
        return refusal;
    }

    private void onTimeoutNow(long exchange, Request.TimeoutNow request) {
        Refusal refusal = judgeTimeoutNow(request);
        if (refusal == null) {
            // Its sender led, or it would have nothing to transfer, so an earlier transfer of this member is done as
            // well.
            roles.transferredTo(request.header().from(), request.proof().term());
            elector.takeProof(request.proof());
            roles.follow(ballot.term(), request.header().from() + " transferred its leadership");
        }
        messenger.reply(
                exchange,
                new Response.TimeoutNow(messenger.answerTo(request), messenger.shownTerm(), refusal),
                outbox.hardStateWrite());
    }

    private @Nullable Refusal judgeTimeoutNow(Request.TimeoutNow request) {
        Header header = request.header();
        if (outbox.storageFailed() || service.isClosing() || !service.isReady()) {
            return Refusal.of(RefusalReason.UNAVAILABLE);
        }
        if (!configuration.isOfThisCluster(header)) {
            return refuse(request, Refusal.of(RefusalReason.WRONG_CLUSTER));
        }
        if (!header.from().equals(request.proof().leader()) || !configuration.mayLead(header)) {
            return refuse(request, Refusal.of(RefusalReason.NOT_A_VOTER));
        }
        if (ballot.term() > request.proof().term() || roles.role() instanceof Leader) {
            return Refusal.of(RefusalReason.STALE_TERM);
        }
        if (elector.obstacle() != null) {
            return Refusal.of(configuration.isSettled() ? RefusalReason.NOT_A_VOTER : RefusalReason.CATCHING_UP);
        }
        if (log.last().isBehind(request.expected())) {
            return Refusal.behind(RefusalReason.LOG_BEHIND, log.last());
        }
        return null;
    }
}
