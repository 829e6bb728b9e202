package io.election.core.simulator;

import io.election.FencingToken;
import io.election.Role;
import io.election.StepDownReason;
import io.election.core.DurableRecord;
import io.election.core.DurableState;
import io.election.core.Effect;
import io.election.core.ElectionOutcome;
import io.election.core.ElectionView;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.HardState;
import io.election.core.Header;
import io.election.core.Input;
import io.election.core.LogPosition;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Message;
import io.election.core.Observation;
import io.election.core.Payload;
import io.election.core.Phase;
import io.election.core.Quorum;
import io.election.core.Refusal;
import io.election.core.RefusalReason;
import io.election.core.Request;
import io.election.core.Response;
import io.election.core.Snapshot;
import io.election.core.TransferProof;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The safety rules, checked after each event against what members decide, what leaves them and what their disks hold.
 * Everything is computed here anew, from effects alone; nothing is believed because the machine says so.
 */
final class Invariants {

    private static final int STEPS_BETWEEN_VIEWS = 64;

    /** What is remembered of one member beyond its processes. */
    private static final class Watched {
        final VirtualMember member;
        /** Disks that were lost, with what they held when they were. */
        final List<VirtualDisk> lostDisks = new ArrayList<>();

        // One incarnation.
        Map<Long, String> grants = new HashMap<>();
        long durableTerm;

        Bond acknowledged = Bond.NONE;
        /** By length, when the latest promise of that length that left this memory ends, by the continuous clock. */
        final TreeMap<Long, Long> given = new TreeMap<>();

        /** As {@link #acknowledged}, but kept when the memory is lost: nobody counts the new one for a promise. */
        Bond owed = Bond.NONE;

        // One process.
        boolean ledBefore;
        Bond bond = Bond.NONE;
        final Map<Response, Bond> unsent = new IdentityHashMap<>();
        HardState hardState = HardState.NEW;
        HardState hardStateBefore = HardState.NEW;

        @Nullable Membership membershipBefore;

        LogPosition snapshot = LogPosition.NONE;

        @Nullable Membership snapshotMembership;

        List<Snapshot.OpenedPosition> snapshotOpenings = List.of();

        final ArrayList<Entry> log = new ArrayList<>();

        @Nullable Membership inForce;

        boolean inForceStale = true;
        long commitIndex;
        Role role = Role.FOLLOWER;
        boolean leads;
        long leadsInTerm;
        long latestEndedTerm;
        long startBondUntil;
        long waitsUntil = Long.MIN_VALUE;

        @Nullable LogPosition position;

        @Nullable LogPosition watermark;

        long stepNanos;
        long grantHoldUntil = Long.MIN_VALUE;

        // One term of a leader, and what it has heard in it: kept only where there are witnesses.
        long leadsSince;
        final Map<Long, Long> appendedAt = new HashMap<>();
        final Map<String, Heard> heard = new HashMap<>();
        /** Whose answer each member's first in this term was, or the first of another incarnation. */
        final Map<String, String> incarnations = new HashMap<>();
        /** The request of that answer, or the first after it was let in: answers to earlier ones tell of an earlier life. */
        final Map<String, Long> firstRequests = new HashMap<>();

        long lastRequest;

        final Set<Long> firstAnswers = new HashSet<>();
        final Map<Long, String> unanswered = new HashMap<>();

        final Set<Long> openCalls = new HashSet<>();
        int stepsUntilView;

        Watched(VirtualMember member) {
            this.member = member;
        }

        LogPosition last() {
            return log.isEmpty() ? snapshot : log.get(log.size() - 1).position();
        }

        /** The term of the entry at an index of the log in memory, or -1 if it is not there, or compacted. */
        long termAt(long index) {
            if (index == snapshot.index()) {
                return snapshot.term();
            }
            long offset = index - snapshot.index() - 1;
            return offset < 0 || offset >= log.size()
                    ? -1
                    : log.get((int) offset).term();
        }

        /**
         * The application's position as the voters count it: a position that an opening entry names counts as written
         * in the term that was opened, for whoever holds both (safety rule 3).
         */
        @Nullable LogPosition countedPosition() {
            return position == null ? null : counted(position, log, snapshotOpenings);
        }

        @Nullable Membership membership() {
            if (inForceStale) {
                inForceStale = false;
                inForce = newestMembership();
            }
            return inForce;
        }

        private @Nullable Membership newestMembership() {
            for (int i = log.size() - 1; i >= 0; i--) {
                Membership membership = log.get(i).payload().membership();
                if (membership != null) {
                    return membership;
                }
            }
            return snapshotMembership;
        }
    }

    /** When, by its own clock, a leader last heard from a member in its term, and what that said of itself. */
    private record Heard(long atNanos, String incarnation, boolean settled) {}

    /**
     * What a voter owes a leader.
     *
     * @param leader the leader, or {@code null} for nobody
     * @param term the term of the message that it was accepted from
     * @param untilContinuous when it ends, by the voter's own clock as if that had never been rebooted
     * @param promiseNanos its whole length
     */
    private record Bond(@Nullable String leader, long term, long untilContinuous, long promiseNanos) {
        static final Bond NONE = new Bond(null, 0, Long.MIN_VALUE, 0);
    }

    /** What is known of an entry since the first member wrote it. */
    private record Known(long previousTerm, Payload payload) {}

    private final VirtualCluster cluster;
    private final Watched[] watched;
    private final Map<Long, String> leaders = new HashMap<>();
    private final Map<LogPosition, Known> entries = new HashMap<>();
    /** By index less one: the term of the committed entry there, and the term of the leader that committed it first. */
    private final ArrayList<long[]> committed = new ArrayList<>();

    /** By place less one: the term of the application's record there, and the term of the leader that it was safe with. */
    private final ArrayList<long[]> applicationCommitted = new ArrayList<>();

    private long applicationTerm;
    private int applicationUpTo;
    private long latestToken;
    private final Map<Long, LogPosition> watermarks = new HashMap<>();
    private final boolean witnesses;
    private boolean forged;

    Invariants(VirtualCluster cluster, List<VirtualMember> members) {
        this.cluster = cluster;
        witnesses = members.stream().anyMatch(member -> member.kind() == MemberKind.WITNESS);
        watched = new Watched[members.size()];
        for (VirtualMember member : members) {
            watched[member.index()] = new Watched(member);
        }
    }

    private Watched of(VirtualMember member) {
        return watched[member.index()];
    }

    /** Where the member's log ends, in memory. */
    LogPosition last(VirtualMember member) {
        return of(member).last();
    }

    @Nullable Membership membership(VirtualMember member) {
        return of(member).membership();
    }

    /** A script has made up a leader's messages: what only leaders can cause is no longer held against the members. */
    void forged() {
        forged = true;
    }

    // -- life ----------------------------------------------------------------------------------------------------

    void started(VirtualMember member) {
        Watched w = of(member);
        DurableState recovered = member.disk().state();
        remembers(w, recovered);
        w.hardState = recovered.hardState();
        w.snapshot = recovered.snapshot().last();
        w.snapshotMembership = recovered.snapshot().membership();
        w.snapshotOpenings = recovered.snapshot().openings();
        w.log.clear();
        w.log.addAll(recovered.entries());
        w.inForceStale = true;
        w.commitIndex = recovered.snapshot().last().index();
        // A bond whose acknowledgement never left bound nobody.
        w.bond = w.acknowledged;
        w.unsent.clear();
        w.role = Role.FOLLOWER;
        w.leads = false;
        w.leadsInTerm = 0;
        w.latestEndedTerm = 0;
        w.waitsUntil = Long.MIN_VALUE;
        w.position = null;
        w.watermark = null;
        w.stepNanos = member.settings().step().toNanos();
        w.grantHoldUntil = Long.MIN_VALUE;
        forgetWhatWasHeard(w);
        w.openCalls.clear();
        w.stepsUntilView = 1;
        long promise = Math.max(
                member.settings().electionTimeout().toNanos(),
                recovered.hardState().promise().toNanos());
        w.startBondUntil = member.lockedAt().monotonicNanos() + promise;
    }

    /** Nothing that left this memory is forgotten by it, and its list is the configured one (safety rules 1, 7 and 13). */
    private void remembers(Watched w, DurableState recovered) {
        HardState hardState = recovered.hardState();
        if (hardState.term() < w.durableTerm) {
            fail("no term is forgotten", w.member + " recovers " + hardState + ", but was in term " + w.durableTerm);
        }
        w.grants.forEach((term, candidate) -> {
            if (term > hardState.term() || (term == hardState.term() && !candidate.equals(hardState.votedFor()))) {
                fail(
                        "no vote is forgotten",
                        w.member + " recovers " + hardState + ", but voted for " + candidate + " in term " + term);
            }
        });
        w.durableTerm = hardState.term();
        keepsItsPromises(w, hardState);
        Membership membership = recovered.snapshot().membership();
        for (Entry entry : recovered.entries()) {
            membership = entry.payload().membership() == null
                    ? membership
                    : entry.payload().membership();
        }
        if (membership != null
                && !membership.listed().equals(w.member.settings().listed())) {
            fail("a list that differs from the founded one refuses the start", w.member + ": " + membership);
        }
    }

    private static void forgetWhatWasHeard(Watched w) {
        w.appendedAt.clear();
        w.heard.clear();
        w.lastRequest = 0;
        w.incarnations.clear();
        w.firstRequests.clear();
        w.firstAnswers.clear();
        w.unanswered.clear();
    }

    void stopped(VirtualMember member) {
        Watched w = of(member);
        w.leads = false;
        w.openCalls.clear();
    }

    void wiped(VirtualMember member) {
        Watched w = of(member);
        w.grants = new HashMap<>();
        w.durableTerm = 0;
        w.acknowledged = Bond.NONE;
        w.given.clear();
        w.bond = Bond.NONE;
        w.hardState = HardState.NEW;
        w.snapshot = LogPosition.NONE;
        w.snapshotMembership = null;
        w.snapshotOpenings = List.of();
        w.log.clear();
        w.inForceStale = true;
    }

    /** Nobody remembers anything: what was founded, and all that was committed in it, is gone. */
    void foundedAnew() {
        leaders.clear();
        entries.clear();
        committed.clear();
        watermarks.clear();
        applicationCommitted.clear();
        applicationTerm = 0;
        for (Watched w : watched) {
            w.lostDisks.clear();
            w.owed = Bond.NONE;
        }
    }

    /** Keeps the disk that a wipe is about to lose: what it acknowledged stays acknowledged. */
    void losing(VirtualMember member) {
        of(member).lostDisks.add(member.disk());
    }

    void called(VirtualMember member, long call) {
        of(member).openCalls.add(call);
    }

    int openCalls(VirtualMember member) {
        return of(member).openCalls.size();
    }

    // -- steps ---------------------------------------------------------------------------------------------------

    void stepped(VirtualMember member, Input input, io.election.core.Output output) {
        Watched w = of(member);
        Role before = w.role;
        w.ledBefore = before == Role.LEADER;
        w.hardStateBefore = w.hardState;
        w.membershipBefore = w.membership();
        boolean roleChanged = false;
        List<Effect> effects = output.effects();
        hears(w, input);
        cluster.coverage().saw(input);
        for (int i = 0; i < effects.size(); i++) {
            if (effects.get(i) instanceof Effect.Observed observed) {
                roleChanged |= observed(w, observed.observation());
            }
        }
        for (int i = 0; i < effects.size(); i++) {
            Effect effect = effects.get(i);
            cluster.coverage().saw(effect);
            if (effect instanceof Effect.Persist persist) {
                for (DurableRecord change : persist.records()) {
                    changed(w, change);
                }
            } else if (effect instanceof Effect.LeadershipEnded ended) {
                if (ended.reason() == StepDownReason.LEASE_LOST || ended.reason() == StepDownReason.CLOCK_JUMPED) {
                    w.waitsUntil = monotonic(w)
                            + 2 * member.settings().electionTimeout().toNanos();
                }
            } else if (effect instanceof Effect.Reply reply) {
                replies(w, input, reply, effects);
            } else if (effect instanceof Effect.Send send) {
                w.lastRequest = Math.max(w.lastRequest, send.request().header().requestId());
                if (send.request() instanceof Request.Vote vote) {
                    stands(w, vote, roleChanged);
                } else if (witnesses && send.request() instanceof Request.Append append) {
                    sendsToWitness(w, append);
                }
            }
        }
        if (input instanceof Input.PositionAdvanced advanced) {
            w.position = advanced.position();
        } else if (input instanceof Input.StepMeasured measured) {
            long longest = member.settings().electionTimeout().toNanos() / 4;
            w.stepNanos = Math.max(1, Math.min(measured.stepNanos(), longest));
        }
        committed(w, member.election().commitIndex());
        if (roleChanged || --w.stepsUntilView == 0) {
            w.stepsUntilView = STEPS_BETWEEN_VIEWS;
            viewed(w, before == Role.LEADER && w.role != Role.LEADER);
        }
        if (w.role == Role.LEADER && before != Role.LEADER) {
            leads(w);
        }
    }

    /** What a leader hears, and of whom it hears that nothing came: a witness waits for those that were heard (rule 10). */
    private void hears(Watched w, Input input) {
        if (!witnesses) {
            return;
        }
        if (input instanceof Input.ResponseReceived received) {
            Response response = received.response();
            Header header = response.header();
            String from = header.from();
            if (!w.firstAnswers.remove(header.requestId())
                    || response instanceof Response.Vote
                    || header.requestId() < w.firstRequests.getOrDefault(from, Long.MIN_VALUE)) {
                return;
            }
            if (!header.fromIncarnation().equals(w.incarnations.put(from, header.fromIncarnation()))) {
                w.firstRequests.put(from, header.requestId());
            }
            if (response.refusal() == null && response.term() == w.hardState.term()) {
                w.heard.put(from, new Heard(monotonic(w), header.fromIncarnation(), header.settled()));
            }
        } else if (input instanceof Input.Unanswered unanswered) {
            String silent = w.unanswered.remove(unanswered.requestId());
            if (silent != null) {
                w.heard.remove(silent);
            }
        }
    }

    /** A response is about to be handed to the asker, as the first one to its request. */
    void answering(VirtualMember asker, long requestId) {
        if (witnesses) {
            of(asker).firstAnswers.add(requestId);
        }
    }

    /** An asker is about to be told that its request to a member was not answered. */
    void unanswered(VirtualMember asker, long requestId, String asked) {
        if (witnesses) {
            of(asker).unanswered.put(requestId, asked);
        }
    }

    private void sendsToWitness(Watched w, Request.Append append) {
        VirtualMember to = cluster.memberOrNull(append.header().to());
        Membership membership = w.membership();
        if (to == null || to.kind() != MemberKind.WITNESS || membership == null) {
            return;
        }
        long now = monotonic(w);
        long timeout = w.member.settings().electionTimeout().toNanos();
        for (Entry entry : append.entries()) {
            long since = w.appendedAt.getOrDefault(entry.index(), w.leadsSince);
            if (entry.index() <= w.member.election().commitIndex() || now - since >= timeout) {
                continue;
            }
            for (EnrolledMember named : membership.members()) {
                Heard heard = w.heard.get(named.id());
                VirtualMember other = cluster.memberOrNull(named.id());
                if (named.kind() == MemberKind.DATA
                        && heard != null
                        && other != null
                        && now - heard.atNanos() < timeout
                        && heard.incarnation().equals(named.incarnation())
                        && (named.isFounder() || heard.settled())
                        && other.disk().incarnation().equals(named.incarnation())
                        // A later leader may have cut what was held; the witness hears of that term as well.
                        && other.disk().state().hardState().term() <= append.term()
                        && !holds(other.disk().state(), entry.index(), entry.term())) {
                    fail(
                            "a witness is sent an entry only once every data voter that was heard of holds it",
                            w.member + " heard of " + other + " " + (now - heard.atNanos()) / 1e6
                                    + " ms ago, and wrote the entry " + (now - since) / 1e6 + " ms ago, but sends "
                                    + Trace.describe(append));
                }
            }
        }
    }

    private void changed(Watched w, DurableRecord change) {
        cluster.coverage().saw(change);
        if (!(change instanceof DurableRecord.HardStateChanged)) {
            w.inForceStale = true;
        }
        if (change instanceof DurableRecord.HardStateChanged c) {
            HardState old = w.hardState;
            HardState now = c.state();
            if (now.term() < old.term()) {
                fail("a term never falls", w.member + " from " + old + " to " + now);
            }
            if (now.term() == old.term()
                    && old.votedFor() != null
                    && !old.votedFor().equals(now.votedFor())) {
                fail("a vote changes at most once in a term", w.member + " from " + old + " to " + now);
            }
            w.hardState = now;
        } else if (change instanceof DurableRecord.EntryAppended c) {
            appended(w, c.entry());
        } else if (change instanceof DurableRecord.LogTruncated c) {
            if (c.fromIndex() <= w.commitIndex) {
                fail(
                        "a committed entry is never removed",
                        w.member + " cuts from " + c.fromIndex() + ", committed is " + w.commitIndex);
            }
            if (w.role == Role.LEADER) {
                fail("a leader never cuts its own log", w.member + " cuts from " + c.fromIndex());
            }
            while (!w.log.isEmpty() && w.last().index() >= c.fromIndex()) {
                w.log.remove(w.log.size() - 1);
            }
        } else if (change instanceof DurableRecord.SnapshotReplaced c) {
            replaced(w, c.snapshot());
        }
    }

    private void appended(Watched w, Entry entry) {
        cluster.coverage().saw(entry.payload());
        LogPosition previous = w.last();
        if (entry.index() != previous.index() + 1 || entry.term() < previous.term()) {
            fail("a log has no gaps and its terms do not fall", w.member + ": " + entry + " after " + previous);
        }
        if (entry.term() > w.hardState.term()) {
            fail(
                    "a term is on disk before its entries",
                    w.member + ": " + entry.position() + " in term " + w.hardState.term());
        }
        Known known = entries.get(entry.position());
        if (known == null) {
            entries.put(entry.position(), new Known(previous.term(), entry.payload()));
        } else {
            boolean withheld = entry.payload() instanceof Payload.Withheld;
            boolean wasWithheld = known.payload() instanceof Payload.Withheld;
            if (known.previousTerm() != previous.term()
                    || (!withheld && !wasWithheld && !known.payload().equals(entry.payload()))) {
                fail(
                        "entries with the same index and term are the same, and so is all before them",
                        w.member + ": " + entry + " after term " + previous.term() + ", known is " + known);
            }
            if (wasWithheld && !withheld) {
                entries.put(entry.position(), new Known(known.previousTerm(), entry.payload()));
            }
        }
        if (w.role == Role.LEADER && entry.term() == w.hardState.term()) {
            writes(w, entry);
        }
        w.log.add(entry);
    }

    /** A leader writes an entry of its own. */
    private void writes(Watched w, Entry entry) {
        if (witnesses) {
            w.appendedAt.put(entry.index(), monotonic(w));
        }
        if (!(entry.payload() instanceof Payload.MembershipChange)) {
            return;
        }
        if (w.termAt(w.commitIndex) != entry.term()) {
            fail("nobody is let in before the opening is committed", w.member + " writes " + entry);
        }
        for (int i = w.log.size() - 1; i >= 0 && w.log.get(i).index() > w.commitIndex; i--) {
            if (w.log.get(i).payload().membership() != null) {
                fail("members are let in one at a time", w.member + " writes " + entry + " after " + w.log.get(i));
            }
        }
    }

    private void replaced(Watched w, Snapshot snapshot) {
        long index = snapshot.last().index();
        boolean continues = w.termAt(index) == snapshot.last().term();
        if (continues && index > w.commitIndex) {
            committed(w, index);
        }
        if (index > committed.size()
                || committed.get((int) index - 1)[0] != snapshot.last().term()) {
            fail(
                    "only committed entries are compacted",
                    w.member + ": " + snapshot + ", committed " + committed.size());
        }
        if (index < w.snapshot.index()) {
            fail("a snapshot never falls", w.member + " from " + w.snapshot + " to " + snapshot.last());
        }
        if (!continues && index <= w.commitIndex) {
            fail("a snapshot agrees with what is committed", w.member + ": " + snapshot);
        }
        // As the journal does it: entries behind the snapshot stay if they follow it without a gap.
        List<Entry> kept = new ArrayList<>();
        for (Entry entry : w.log) {
            if (entry.index() > index) {
                kept.add(entry);
            }
        }
        if (!continues && !kept.isEmpty()) {
            fail(
                    "entries that do not continue the snapshot are removed with it",
                    w.member + ": " + snapshot + " before " + kept.get(0));
        }
        w.log.clear();
        w.log.addAll(kept);
        w.snapshot = snapshot.last();
        w.snapshotMembership = snapshot.membership();
        w.snapshotOpenings = snapshot.openings();
        w.commitIndex = Math.max(w.commitIndex, index);
    }

    private void committed(Watched w, long commit) {
        if (commit == w.commitIndex) {
            return;
        }
        if (commit < w.commitIndex) {
            fail("a commit index never falls", w.member + " from " + w.commitIndex + " to " + commit);
        }
        if (commit > w.last().index()) {
            fail("nothing is committed beyond the log", w.member + ": " + commit + " beyond " + w.last());
        }
        // A leader may commit and step down in one step: by a transfer that runs out of time just then.
        boolean ledThisTerm = w.ledBefore && w.hardState.term() == w.hardStateBefore.term();
        if ((w.role == Role.LEADER || ledThisTerm) && commit > committed.size()) {
            leaderCommits(w, commit);
        }
        for (long index = Math.max(w.commitIndex, w.snapshot.index()) + 1; index <= commit; index++) {
            if (index > committed.size()) {
                fail(
                        "only a leader commits what nobody has committed",
                        w.member + " commits " + index + ", committed is " + committed.size());
            }
            if (committed.get((int) index - 1)[0] != w.termAt(index)) {
                fail(
                        "all commit the same entries",
                        w.member + " commits " + index + " of term " + w.termAt(index) + ", not of term "
                                + committed.get((int) index - 1)[0]);
            }
        }
        w.commitIndex = commit;
    }

    private void leaderCommits(Watched w, long commit) {
        long term = w.hardState.term();
        if (w.termAt(commit) != term) {
            fail(
                    "earlier terms commit only through an entry of the leader's own",
                    w.member + " in term " + term + " commits " + commit + " of term " + w.termAt(commit));
        }
        Membership membership = w.membership();
        if (membership == null) {
            fail("a leader knows a membership when it commits", w.member.toString());
            return;
        }
        int voters = 0;
        int holding = 0;
        for (EnrolledMember enrolled : membership.members()) {
            if (enrolled.kind().votes()) {
                voters++;
                if (holdsDurably(enrolled, commit, term)) {
                    holding++;
                }
            }
        }
        if (holding < Quorum.of(voters)) {
            fail(
                    "a committed entry is durable on a quorum",
                    w.member + " commits " + commit + ", which " + holding + " of " + voters + " hold");
        }
        while (committed.size() < commit) {
            committed.add(new long[] {w.termAt(committed.size() + 1), term});
        }
    }

    private boolean holdsDurably(EnrolledMember enrolled, long index, long term) {
        VirtualMember member = cluster.memberOrNull(enrolled.id());
        if (member == null) {
            return false;
        }
        if (!enrolled.isFounder() && enrolled.namedAt() > committed.size()) {
            return false; // The entry that lets a member in is committed without counting it.
        }
        if (member.disk().incarnation().equals(enrolled.incarnation())
                && holds(member.disk().state(), index, term)) {
            return true;
        }
        // What a disk acknowledged before it was lost was acknowledged.
        for (VirtualDisk lost : of(member).lostDisks) {
            if (holds(lost.state(), index, term)) {
                return true;
            }
        }
        return false;
    }

    private static boolean holds(DurableState state, long index, long term) {
        if (state.snapshot().last().index() >= index) {
            return state.snapshot().last().term() >= term;
        }
        int offset = (int) (index - state.snapshot().last().index() - 1);
        return offset < state.entries().size() && state.entries().get(offset).term() == term;
    }

    private boolean observed(Watched w, Observation observation) {
        cluster.coverage().saw(observation);
        if (observation instanceof Observation.RoleChanged changed) {
            cluster.coverage().changed(changed);
            if (changed.from() != w.role) {
                fail("role changes follow each other", w.member + " was " + w.role + ", but " + changed);
            }
            w.role = changed.to();
            return true;
        }
        if (observation instanceof Observation.RoundEnded ended) {
            cluster.coverage().reached(ended.outcome());
            if (ended.outcome() == ElectionOutcome.ELECTED && ended.phase() == Phase.VOTE) {
                elected(w, ended);
            }
        } else if (observation instanceof Observation.LetIn letIn) {
            w.firstRequests.put(letIn.member(), w.lastRequest + 1);
        } else if (observation instanceof Observation.TwoLeaders && !forged) {
            fail("there is one leader in a term", w.member + " reports " + observation);
        }
        return false;
    }

    /** The votes that elected a leader were given, and by memories that its log names (safety rules 2 and 7). */
    private void elected(Watched w, Observation.RoundEnded won) {
        Membership membership = w.membership();
        for (String id : won.votes()) {
            VirtualMember voter = cluster.memberOrNull(id);
            if (voter == null || voter == w.member) {
                continue;
            }
            boolean gave = w.member.id().equals(of(voter).grants.get(won.term()));
            if (!gave && of(voter).lostDisks.isEmpty()) {
                fail("only votes that were given count", w.member + " has counted " + voter + " for " + won);
            }
            EnrolledMember named =
                    membership == null ? null : membership.member(id).orElse(null);
            if (gave
                    && named != null
                    && !named.incarnation().equals(voter.disk().incarnation())) {
                fail(
                        "votes count only from memories that the log names",
                        w.member + " has counted " + voter.disk().incarnation() + ", but its log names " + named);
            }
        }
    }

    /** A member has just become the leader of its term. */
    private void leads(Watched w) {
        long term = w.hardState.term();
        leadsInTerm(w.member, term);
        forgetWhatWasHeard(w);
        w.leadsSince = monotonic(w);
        for (Entry entry : w.log) {
            if (entry.term() == term) {
                w.appendedAt.put(entry.index(), w.leadsSince);
            }
        }
        for (int i = committed.size() - 1; i >= 0; i--) {
            if (committed.get(i)[1] < term) {
                long index = i + 1L;
                if (index > w.snapshot.index() && w.termAt(index) != committed.get(i)[0]) {
                    fail(
                            "a committed entry is in every later leader",
                            w.member + " leads term " + term + " without entry "
                                    + committed.get(i)[0] + "/" + index + ", its log ends with " + w.last());
                }
                break;
            }
        }
        if (w.member.settings().suppliesPosition()) {
            holdsApplicationRecords(w, term);
            LogPosition position = w.countedPosition();
            for (Map.Entry<Long, LogPosition> watermark : watermarks.entrySet()) {
                if (watermark.getKey() < term && (position == null || position.isBehind(watermark.getValue()))) {
                    fail(
                            "a leader's application holds what is known to be on a quorum",
                            w.member + " at " + position + " leads term " + term + ", watermark of term "
                                    + watermark.getKey() + " was " + watermark.getValue());
                }
            }
        }
    }

    /** The application's log has grown somewhere: what a quorum holds of what was written in the leader's term is safe. */
    void applicationHeld(VirtualMember leader) {
        long term = leader.leaseTerm();
        Membership membership = of(leader).membership();
        if (membership == null) {
            return;
        }
        List<Long> held = new ArrayList<>();
        int voters = 0;
        for (EnrolledMember named : membership.members()) {
            voters += named.kind().votes() ? 1 : 0;
            VirtualMember member = cluster.memberOrNull(named.id());
            if (member != null
                    && named.kind() == MemberKind.DATA
                    && counts(named, member)
                    && followsOrIs(member, leader)) {
                LogPosition counted = of(member).countedPosition();
                if (counted != null && counted.term() == term) {
                    held.add(counted.index());
                }
            }
        }
        int needed = Quorum.of(voters);
        if (held.size() >= needed) {
            held.sort(Comparator.reverseOrder());
            applicationCommits(leader, term, held.get(needed - 1));
        }
    }

    private boolean counts(EnrolledMember named, VirtualMember member) {
        return member.isUp()
                && !member.isPaused()
                && named.incarnation().equals(member.disk().incarnation())
                && (named.isFounder() || named.namedAt() <= committed.size());
    }

    /** Whether a member takes another for the leader of its own term. */
    boolean followsOrIs(VirtualMember member, VirtualMember leader) {
        Watched w = of(member);
        return w.hardState.term() == leader.leaseTerm()
                && (member == leader || (leader.id().equals(w.bond.leader()) && w.bond.term() == leader.leaseTerm()));
    }

    /** The application's position as voters count it, for whoever is up. */
    @Nullable LogPosition countedPosition(VirtualMember member) {
        return of(member).countedPosition();
    }

    private static LogPosition counted(LogPosition own, List<Entry> log, List<Snapshot.OpenedPosition> compacted) {
        // The same records up to there: the last one of the own log is of that very term, and not before that place.
        for (int i = log.size() - 1; i >= 0; i--) {
            Entry entry = log.get(i);
            if (entry.payload() instanceof Payload.TermOpening opening
                    && isHeld(own, opening.position(), entry.term())) {
                return new LogPosition(entry.term(), opening.position().index());
            }
        }
        for (int i = compacted.size() - 1; i >= 0; i--) {
            Snapshot.OpenedPosition opened = compacted.get(i);
            if (isHeld(own, opened.position(), opened.term())) {
                return new LogPosition(opened.term(), opened.position().index());
            }
        }
        return own;
    }

    private static boolean isHeld(LogPosition own, @Nullable LogPosition named, long openedTerm) {
        return named != null && own.term() == named.term() && own.index() >= named.index() && openedTerm > own.term();
    }

    /** The application's position as voters count it, of a member that starts with what is on its disk now. */
    LogPosition countedPositionOnDisk(VirtualMember member) {
        DurableState state = member.disk().state();
        return counted(
                member.application().position(),
                state.entries(),
                state.snapshot().openings());
    }

    private void applicationCommits(VirtualMember leader, long term, long upTo) {
        // A leader's application only adds records in its term: what was looked at need not be again.
        int from = term == applicationTerm ? applicationUpTo : 0;
        applicationTerm = term;
        applicationUpTo = (int) Math.max(from, upTo);
        for (int i = from; i < upTo; i++) {
            long record = leader.application().termAt(i + 1);
            if (i == applicationCommitted.size()) {
                applicationCommitted.add(new long[] {record, term});
                cluster.coverage().reached(Coverage.Event.APPLICATION_RECORDS_COMMITTED);
            }
            if (record == -1 || applicationCommitted.get(i)[0] != record) {
                fail(
                        "what a quorum's applications hold stays",
                        leader + " in term " + term + " has a record of term " + record + " at " + (i + 1)
                                + ", safe was one of term "
                                + applicationCommitted.get(i)[0]);
            }
        }
    }

    /** A new leader's application holds every record that was safe in an earlier term. */
    private void holdsApplicationRecords(Watched w, long term) {
        for (int i = 0; i < applicationCommitted.size(); i++) {
            long[] record = applicationCommitted.get(i);
            if (record[1] < term && w.member.application().termAt(i + 1) != record[0]) {
                fail(
                        "what a quorum's applications hold is in every later leader's",
                        w.member + " leads term " + term + " with its application at " + w.position + ", counted "
                                + w.countedPosition() + ", without record " + (i + 1) + " of term " + record[0]
                                + ", safe since term " + record[1]);
            }
        }
    }

    private void leadsInTerm(VirtualMember member, long term) {
        String leader = leaders.putIfAbsent(term, member.id());
        if (leader != null && !leader.equals(member.id())) {
            fail("there is one leader in a term", "term " + term + ": " + leader + " and " + member);
        }
        if (leader == null && member.kind() != MemberKind.DATA) {
            fail("only data members lead", member + " is a " + member.kind());
        }
    }

    private void viewed(Watched w, boolean ended) {
        ElectionView view = w.member.view();
        if (view.role() != w.role) {
            fail("every change of role is observed", w.member + " is " + view.role() + ", observed was " + w.role);
        }
        if (view.term() != w.hardState.term()) {
            fail("a term is written when it changes", w.member + ": " + view.term() + " but " + w.hardState);
        }
        if (view.votedFor() == null
                ? w.hardState.votedFor() != null
                : !view.votedFor().equals(w.hardState.votedFor())) {
            fail("a vote is written when it is given", w.member + ": " + view.votedFor() + " but " + w.hardState);
        }
        if (!view.last().equals(w.last()) || view.commitIndex() != w.commitIndex) {
            fail("the log in memory is the sum of its writes", w.member + ": " + view.last() + " but " + w.last());
        }
        if (view.role() == Role.LEADER) {
            leadsInTerm(w.member, view.term());
        }
        if (ended && view.lastEnd() != null) {
            cluster.coverage().reached(view.lastEnd());
        }
    }

    // -- what members decide -------------------------------------------------------------------------------------

    private void replies(Watched w, Input input, Effect.Reply reply, List<Effect> effects) {
        Refusal refusal = reply.response().refusal();
        if (refusal != null) {
            cluster.coverage().reached(refusal.reason());
        }
        if (!(input instanceof Input.RequestReceived received) || received.exchange() != reply.exchange()) {
            return;
        }
        Request request = received.request();
        if (request instanceof Request.FromLeader message) {
            if (refusal == null || refusal.reason() == RefusalReason.LOG_MISMATCH) {
                follows(w, message);
                w.unsent.put(reply.response(), w.bond);
            }
        } else if (request instanceof Request.Vote vote) {
            if (refusal == null) {
                grants(w, vote);
            }
            if (refusal != null || vote.phase() == Phase.PRE_VOTE) {
                changesNothing(w, vote, effects);
            }
        }
    }

    private void follows(Watched w, Request.FromLeader message) {
        ofThisCluster(w, message);
        if (message instanceof Request.Heartbeat heartbeat && heartbeat.watermark() != null) {
            LogPosition mark = heartbeat.watermark();
            w.watermark = w.watermark == null || w.watermark.isBehind(mark) ? mark : w.watermark;
        }
        if (message.term() < w.bond.term()) {
            fail("a leader of an earlier term is refused", w.member + " follows " + Trace.describe(message));
        }
        long promise = Math.max(
                message.promise().toNanos(),
                w.member.settings().electionTimeout().toNanos());
        w.bond = new Bond(message.header().from(), message.term(), continuous(w) + promise, promise);
        // The leader's bond replaces the one that the start imposed.
        w.startBondUntil = Long.MIN_VALUE;
    }

    private void grants(Watched w, Request.Vote vote) {
        if (!w.member.kind().votes()) {
            fail("observers grant nothing", w.member + " grants " + Trace.describe(vote));
        }
        String candidate = vote.header().from();
        ofThisCluster(w, vote);
        if (vote.founding() != null
                && (w.last().index() > 0
                        || !vote.founding().equals(w.member.settings().listed()))) {
            fail(
                    "a cluster is founded by all whose lists are alike, and once",
                    w.member + " with its log up to " + w.last() + " grants " + Trace.describe(vote));
        }
        // A vote that is on disk already was given when nothing forbade it, and may be given again.
        boolean again = vote.phase() == Phase.VOTE
                && vote.term() == w.hardStateBefore.term()
                && candidate.equals(w.hardStateBefore.votedFor());
        boolean held = monotonic(w) < w.grantHoldUntil;
        if (vote.phase() == Phase.VOTE) {
            w.grantHoldUntil = monotonic(w) + w.stepNanos;
        }
        if (again) {
            return;
        }
        grantsWhoIsNotBehind(w, vote);
        TransferProof proof = vote.proof();
        boolean withProof = vote.phase() == Phase.VOTE
                && isValid(vote)
                && proof != null
                && w.hardStateBefore.term() <= proof.term();
        if (withProof || isSole(w)) {
            return;
        }
        if (held) {
            fail("a vote given holds other grants back for one step", w.member + " grants " + Trace.describe(vote));
        }
        if (continuous(w) < w.bond.untilContinuous() && !candidate.equals(w.bond.leader())) {
            fail(
                    "a bound voter helps nobody else",
                    w.member + " is bound to " + w.bond.leader() + " for another "
                            + (w.bond.untilContinuous() - continuous(w)) / 1e6 + " ms, but grants "
                            + Trace.describe(vote));
        }
        if (monotonic(w) < w.startBondUntil) {
            fail(
                    "a start binds",
                    w.member + " is bound for another " + (w.startBondUntil - monotonic(w)) / 1e6 + " ms, but grants "
                            + Trace.describe(vote));
        }
        if (w.member.leadsUntilNanos() > cluster.nowNanos()) {
            fail("a leader is bound while it leads", w.member + " grants " + Trace.describe(vote));
        }
    }

    private void ofThisCluster(Watched w, Request request) {
        String id = request.header().clusterId();
        Membership membership = w.membershipBefore;
        if (id != null && membership != null && !id.equals(membership.clusterId())) {
            fail("members of another founding are strangers", w.member + " listens to " + Trace.describe(request));
        }
    }

    /** safety rule 3, as the voter knows it. */
    private void grantsWhoIsNotBehind(Watched w, Request.Vote vote) {
        if (vote.last().isBehind(w.last())) {
            fail(
                    "a voter refuses whose log is behind",
                    w.member + " at " + w.last() + " grants " + Trace.describe(vote));
        }
        LogPosition candidates = vote.application();
        if (w.member.settings().suppliesPosition() && w.member.kind() == MemberKind.DATA) {
            LogPosition own = w.countedPosition();
            if (own == null || candidates == null || candidates.isBehind(own)) {
                fail(
                        "a voter refuses whose application is behind its own",
                        w.member + " at " + own + " grants " + Trace.describe(vote));
            }
        }
        LogPosition mark = w.watermark;
        if (mark != null && (candidates == null || candidates.isBehind(mark))) {
            fail(
                    "a voter refuses who does not cover the watermark",
                    w.member + " knows " + mark + ", but grants " + Trace.describe(vote));
        }
    }

    private static boolean isValid(Request.Vote vote) {
        TransferProof proof = vote.proof();
        return proof != null && proof.term() + 1 == vote.term();
    }

    private void changesNothing(Watched w, Request.Vote vote, List<Effect> effects) {
        for (Effect effect : effects) {
            if (effect instanceof Effect.Persist persist) {
                for (DurableRecord change : persist.records()) {
                    if (change instanceof DurableRecord.HardStateChanged c
                            && c.state().term() == vote.term()
                            && !w.member.id().equals(c.state().votedFor())) {
                        fail(
                                "a pre-vote and a refusal change nothing",
                                w.member + " writes " + c.state() + " on " + Trace.describe(vote));
                    }
                }
            }
        }
    }

    private void stands(Watched w, Request.Vote vote, boolean roleChanged) {
        if (w.member.kind() != MemberKind.DATA) {
            fail("only data members stand", w.member + " is a " + w.member.kind());
        }
        HardState onDisk = w.member.disk().state().hardState();
        boolean begins = vote.phase() == Phase.PRE_VOTE || roleChanged;
        if (begins
                && (onDisk.term() != w.hardStateBefore.term()
                        || !Objects.equals(onDisk.votedFor(), w.hardStateBefore.votedFor()))) {
            fail(
                    "a member does not stand while its vote is being written",
                    w.member + " has " + onDisk + " and is to have " + w.hardStateBefore + ", but sends "
                            + Trace.describe(vote));
        }
        TransferProof proof = vote.proof();
        if (proof != null) {
            if (vote.phase() != Phase.VOTE || !isValid(vote)) {
                fail(
                        "a transfer proof is good for a vote in the next term only",
                        w.member + ": " + Trace.describe(vote));
            }
            return;
        }
        if (isSole(w)) {
            return;
        }
        if (continuous(w) < w.bond.untilContinuous()) {
            fail(
                    "a bound member does not stand",
                    w.member + " is bound to " + w.bond.leader() + " for another "
                            + (w.bond.untilContinuous() - continuous(w)) / 1e6 + " ms, but sends "
                            + Trace.describe(vote));
        }
        if (monotonic(w) < w.startBondUntil) {
            fail(
                    "a start binds",
                    w.member + " is bound for another " + (w.startBondUntil - monotonic(w)) / 1e6 + " ms, but sends "
                            + Trace.describe(vote));
        }
        if (monotonic(w) < w.grantHoldUntil) {
            fail("a vote given holds the own candidacy back for one step", w.member + " sends " + Trace.describe(vote));
        }
        if (w.member.leadsUntilNanos() > cluster.nowNanos()) {
            fail("a leader does not stand", w.member + " sends " + Trace.describe(vote));
        }
        if (monotonic(w) < w.waitsUntil) {
            fail(
                    "a leader that was not deposed waits before it stands again",
                    w.member + " waits for another " + (w.waitsUntil - monotonic(w)) / 1e6 + " ms, but sends "
                            + Trace.describe(vote));
        }
    }

    private static boolean isSole(Watched w) {
        return w.member.settings().members().stream()
                        .filter(m -> m.kind().votes())
                        .count()
                == 1;
    }

    private long continuous(Watched w) {
        return w.member.clock().continuousAt(cluster.nowNanos());
    }

    private long monotonic(Watched w) {
        return w.member.reading().monotonicNanos();
    }

    // -- what leaves ---------------------------------------------------------------------------------------------

    void leaving(VirtualMember member, Message message) {
        Watched w = of(member);
        HardState onDisk = member.disk().state().hardState();
        if (message instanceof Request.Vote vote) {
            if (vote.phase() == Phase.VOTE) {
                votes(w, vote.term(), member.id());
                if (onDisk.term() < vote.term()
                        || (onDisk.term() == vote.term() && !member.id().equals(onDisk.votedFor()))) {
                    fail(
                            "a candidate's vote is durable before it asks",
                            member + " has " + onDisk + ", but sends " + Trace.describe(vote));
                }
            }
        } else if (message instanceof Request.FromLeader fromLeader) {
            leadsInTerm(member, fromLeader.term());
            leaderSends(member, fromLeader);
        } else if (message instanceof Request.TimeoutNow timeoutNow) {
            if (w.leads) {
                fail("the lease ends before TimeoutNow leaves", member + " sends " + Trace.describe(timeoutNow));
            }
            leadsInTerm(member, timeoutNow.proof().term());
        } else if (message instanceof Response response) {
            answers(w, onDisk, response);
        }
    }

    private void leaderSends(VirtualMember member, Request.FromLeader message) {
        if (message.commitIndex() > committed.size()) {
            fail("a leader tells of committed entries only", member + " sends " + Trace.describe(message));
        }
        if (message instanceof Request.Heartbeat heartbeat && heartbeat.watermark() != null) {
            watermarks.merge(heartbeat.term(), heartbeat.watermark(), (a, b) -> a.isBehind(b) ? b : a);
            if (member.application().size() > 0 && heartbeat.watermark().term() == heartbeat.term()) {
                applicationCommits(
                        member, heartbeat.term(), heartbeat.watermark().index());
            }
        } else if (message instanceof Request.Append append) {
            VirtualMember to = cluster.memberOrNull(append.header().to());
            if (to != null && to.kind() == MemberKind.WITNESS) {
                for (Entry entry : append.entries()) {
                    if (entry.payload().membership() == null && !(entry.payload() instanceof Payload.Withheld)) {
                        fail("a witness is sent no data", member + " sends " + Trace.describe(append));
                    }
                    if (entry.index() > committed.size()
                            && !holds(member.disk().state(), entry.index(), entry.term())) {
                        fail(
                                "a witness is sent only what is durable on the leader, or committed without it",
                                member + " sends " + Trace.describe(append));
                    }
                }
            }
        }
    }

    private void answers(Watched w, HardState onDisk, Response response) {
        VirtualMember member = w.member;
        if (onDisk.term() < response.term()) {
            fail(
                    "a term is durable before it is told",
                    member + " has " + onDisk + ", but sends " + Trace.describe(response));
        }
        Bond given = w.unsent.remove(response);
        if (given != null) {
            acknowledges(w, onDisk, given, response);
        }
        if (response.refusal() != null) {
            return;
        }
        if (response instanceof Response.Vote vote) {
            if (w.leads) {
                fail(
                        "a leadership ends before a grant leaves",
                        member + " leads, but sends " + Trace.describe(response));
            }
            if (vote.phase() == Phase.VOTE) {
                votes(w, vote.askedTerm(), vote.header().to());
                if (onDisk.term() < vote.askedTerm()
                        || (onDisk.term() == vote.askedTerm()
                                && !vote.header().to().equals(onDisk.votedFor()))) {
                    fail(
                            "a vote is durable before it is given",
                            member + " has " + onDisk + ", but sends " + Trace.describe(response));
                }
            }
        } else if (response instanceof Response.Append append) {
            DurableState state = member.disk().state();
            long last = state.snapshot().last().index() + state.entries().size();
            if (onDisk.term() == append.term() && last < append.index()) {
                fail(
                        "entries are durable before they are acknowledged",
                        member + " holds " + last + ", but sends " + Trace.describe(response));
            }
        }
    }

    private void acknowledges(Watched w, HardState onDisk, Bond given, Response response) {
        boolean runs = continuous(w) < given.untilContinuous();
        if (w.member.kind().votes() && runs && onDisk.promise().toNanos() < given.promiseNanos()) {
            fail(
                    "a promise is durable before it is given",
                    w.member + " promises " + given.promiseNanos() / 1e6 + " ms and has " + onDisk + ", but sends "
                            + Trace.describe(response));
        }
        w.given.merge(given.promiseNanos(), given.untilContinuous(), Math::max);
        w.acknowledged = later(w.acknowledged, given);
        w.owed = later(w.owed, given);
    }

    private static Bond later(Bond one, Bond other) {
        boolean outlasts = other.term() == one.term() && other.untilContinuous() > one.untilContinuous();
        return other.term() > one.term() || outlasts ? other : one;
    }

    private void votes(Watched w, long term, String candidate) {
        String earlier = w.grants.putIfAbsent(term, candidate);
        if (earlier != null && !earlier.equals(candidate)) {
            fail(
                    "a member votes once in a term",
                    w.member + " voted for " + earlier + " and " + candidate + " in term " + term);
        }
    }

    // -- the disk ------------------------------------------------------------------------------------------------

    void durable(VirtualMember member) {
        Watched w = of(member);
        long term = member.disk().state().hardState().term();
        if (term < w.durableTerm) {
            fail("a term on disk never falls", member + " from " + w.durableTerm + " to " + term);
        }
        w.durableTerm = term;
        keepsItsPromises(w, member.disk().state().hardState());
    }

    private void keepsItsPromises(Watched w, HardState hardState) {
        VirtualMember member = w.member;
        long onDisk = hardState.promise().toNanos();
        long now = continuous(w);
        w.given.values().removeIf(until -> until <= now);
        if (member.kind().votes() && !w.given.isEmpty() && w.given.lastKey() > onDisk) {
            fail(
                    "the promise on disk falls only when every longer one has ended",
                    member + " has " + onDisk / 1e6 + " ms on disk, but promised " + w.given.lastKey() / 1e6
                            + " ms until in " + (w.given.lastEntry().getValue() - now) / 1e6 + " ms");
        }
    }

    // -- leadership ----------------------------------------------------------------------------------------------

    void gained(VirtualMember member, Effect.LeadershipGained gained) {
        Watched w = of(member);
        if (w.leads) {
            fail("leaderships begin and end in pairs", member + " gains " + gained + " while it leads");
        }
        leadsInTerm(member, gained.term());
        if (w.hardState.term() == gained.term() && w.termAt(w.commitIndex) != gained.term()) {
            fail(
                    "a leader leads only once the entry that opened its term is committed",
                    member + " gains " + gained + ", committed is " + w.commitIndex);
        }
        if (gained.term() <= w.leadsInTerm) {
            fail("a leadership is never taken up again", member + " gains " + gained);
        }
        w.leads = true;
        w.leadsInTerm = gained.term();
        long token = gained.token().value();
        Membership membership = w.membership();
        if (membership == null || !gained.token().equals(FencingToken.of(membership.generation(), gained.term()))) {
            fail("a token is made of generation and term", member + " gains " + gained);
        }
        // A process that was stopped in the middle of the step may come to know of its leadership when it is long over.
        if (gained.lease().holds(member.reading())) {
            if (token <= latestToken) {
                fail("tokens rise", member + " gains " + gained + " after " + latestToken);
            }
            latestToken = token;
        }
        cluster.coverage().gained++;
    }

    void extended(VirtualMember member, Effect.LeaseExtended extended, boolean lapsed) {
        Watched w = of(member);
        if (!w.leads || w.leadsInTerm != extended.term()) {
            fail("a lease is extended only while it is led", member + ": " + extended);
        }
        if (!lapsed && !member.isPaused() && member.leadsUntilNanos() <= cluster.nowNanos()) {
            fail("a lease that has lapsed is not revived", member + ": " + Trace.describe(extended));
        }
    }

    void ended(VirtualMember member, Effect.LeadershipEnded ended) {
        Watched w = of(member);
        if (!w.leads || w.leadsInTerm != ended.term()) {
            fail("leaderships begin and end in pairs", member + ": " + ended);
        }
        w.leads = false;
        w.latestEndedTerm = ended.term();
    }

    /** A lease begins, is extended, or its end moves with the clocks: nobody else may lead at this instant. */
    void leaseChanged(VirtualMember member) {
        long now = cluster.nowNanos();
        if (member.leadsUntilNanos() <= now) {
            return;
        }
        isCoveredByPromises(member);
        for (Watched other : watched) {
            if (other.member != member && other.member.leadsUntilNanos() > now) {
                fail(
                        "two members never lead at the same instant",
                        member + " in term " + member.leaseTerm() + " until " + member.leadsUntilNanos() / 1e9
                                + " s, and " + other.member + " in term " + other.member.leaseTerm() + " until "
                                + other.member.leadsUntilNanos() / 1e9 + " s");
            }
        }
    }

    /** While a lease holds, a quorum of voters owes its holder a promise that ends later, on any clock. */
    private void isCoveredByPromises(VirtualMember leader) {
        Membership membership = of(leader).membership();
        long until = leader.leadsUntilNanos();
        if (membership == null || until == Long.MAX_VALUE) {
            return;
        }
        int voters = 0;
        int bound = 0;
        for (EnrolledMember named : membership.members()) {
            if (named.kind().votes()) {
                voters++;
                VirtualMember voter = cluster.memberOrNull(named.id());
                if (voter == leader || (voter != null && owes(of(voter).owed, voter, leader, until))) {
                    bound++;
                }
            }
        }
        if (bound < Quorum.of(voters)) {
            fail(
                    "a lease lasts no longer than the promises of a quorum",
                    leader + " leads term " + leader.leaseTerm() + " until " + until / 1e9 + " s, but " + bound + " of "
                            + voters + " are bound for so long");
        }
    }

    private static boolean owes(Bond bond, VirtualMember voter, VirtualMember leader, long untilNanos) {
        return leader.id().equals(bond.leader())
                && bond.term() == leader.leaseTerm()
                && voter.clock().continuousAt(untilNanos) <= bond.untilContinuous();
    }

    void answered(VirtualMember member, Effect.TransferEnded ended) {
        cluster.coverage().reached(ended.result().outcome());
        if (!of(member).openCalls.remove(ended.call())) {
            fail("a call is answered once", member + ": " + ended);
        }
    }

    void answered(VirtualMember member, Effect.ProposalAnswered answered) {
        if (!of(member).openCalls.remove(answered.call())) {
            fail("a call is answered once", member + ": " + answered);
        }
        cluster.coverage()
                .reached(answered.index() > 0 ? Coverage.Event.PROPOSAL_TAKEN : Coverage.Event.PROPOSAL_REFUSED);
    }

    private void fail(String rule, String detail) {
        throw new Violation(rule, detail);
    }
}
