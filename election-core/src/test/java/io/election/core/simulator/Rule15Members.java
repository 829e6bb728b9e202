package io.election.core.simulator;

import io.election.core.EnrolledMember;
import io.election.core.EnrolledMember.Standing;
import io.election.core.Entry;
import io.election.core.Lease;
import io.election.core.LogPosition;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Payload;
import io.election.core.Quorum;
import io.election.core.Request;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Safety rule 15: members come and go one vote at a time, and nobody is left in doubt. */
final class Rule15Members {

    /** A learner may lack so many entries of what is committed, and is promoted all the same. */
    private static final int MOST_BEHIND = 64;

    private final VirtualCluster cluster;
    private final Rule18Pauses pauses;
    private final MemberRecord[] records;
    private final Map<Membership, Membership> predecessors = new HashMap<>();
    private final Map<Membership, Long> votesTakenAtNanos = new HashMap<>();

    Rule15Members(VirtualCluster cluster, Rule18Pauses pauses, MemberRecord[] records) {
        this.cluster = cluster;
        this.pauses = pauses;
        this.records = records;
    }

    /** A leader writes an entry of its own. */
    void writes(MemberRecord w, Entry entry) {
        if (!(entry.payload() instanceof Payload.MembershipChange change)) {
            return;
        }
        Membership before = w.membership();
        Membership after = change.membership();
        if (before == null
                || !before.clusterId().equals(after.clusterId())
                || before.generation() != after.generation()
                || after.version() != entry.index()) {
            throw new Violation("a membership follows another of the same cluster", w + " writes " + entry);
        }
        Set<String> changed = differing(before, after);
        if (!Objects.equals(before.pause(), after.pause())) {
            if (!changed.isEmpty()) {
                throw new Violation("an entry changes one thing", w + " writes " + entry + " after " + before);
            }
            pauses.writes(w, before, after);
            predecessors.put(after, before);
            return;
        }
        if (changed.size() != 1) {
            throw new Violation("an entry changes one member", w + " writes " + entry + " after " + before);
        }
        predecessors.put(after, before);
        if (Enrolment.voters(after).size() < Enrolment.voters(before).size()) {
            votesTakenAtNanos.put(after, cluster.nowNanos());
        }
        String id = changed.iterator().next();
        changes(
                w,
                entry.index(),
                before.member(id).orElse(null),
                after.member(id).orElse(null));
        Set<String> voters = Enrolment.voters(after);
        if (!voters.contains(w.member.id())) {
            throw new Violation("a leader does not take its own vote", w + " writes " + entry);
        }
        long data = after.members().stream().filter(Enrolment::mayLead).count();
        if (voters.size() - data >= Quorum.of(voters.size())) {
            throw new Violation("witnesses are no quorum", w + " writes " + entry);
        }
    }

    private void changes(MemberRecord w, long index, @Nullable EnrolledMember was, @Nullable EnrolledMember is) {
        if (is == null) {
            cluster.coverage().reached(Coverage.Event.MEMBER_REMOVED);
        } else if (is.standing() == Standing.PROMOTED) {
            promotes(w, index, was, is);
        } else if (is.standing() == Standing.WITHOUT_VOTE || is.standing() == Standing.LAGGING) {
            EnrolledMember expected = was == null
                    ? null
                    : new EnrolledMember(
                            was.id(), was.kind(), was.incarnation(), was.namedAt(), is.standing(), was.contact());
            if (!is.equals(expected) || !Enrolment.votes(Objects.requireNonNull(was))) {
                throw new Violation("who is demoted had a vote and keeps the rest", w + ": " + was + " becomes " + is);
            }
            cluster.coverage().reached(Coverage.Event.MEMBER_DEMOTED);
        } else if (was == null
                || !Enrolment.votes(was)
                || !Enrolment.votes(is)
                || is.kind() != was.kind()
                || is.namedAt() != index
                || is.incarnation().equals(was.incarnation())) {
            throw new Violation(
                    "a memory that is let in takes the place of another", w + ": " + was + " becomes " + is);
        }
    }

    private void promotes(MemberRecord w, long index, @Nullable EnrolledMember was, EnrolledMember is) {
        if ((was != null && Enrolment.votes(was)) || is.namedAt() != index || is.kind() == MemberKind.OBSERVER) {
            throw new Violation("who is promoted had no vote", w + ": " + was + " becomes " + is);
        }
        VirtualMember learner = cluster.member(is.id());
        LogPosition last = records[learner.index()].log.last();
        boolean sameMemory = learner.disk().incarnation().equals(is.incarnation());
        if (sameMemory && w.commitIndex - last.index() > MOST_BEHIND) {
            throw new Violation("who is promoted has caught up", w + " promotes " + learner + " at " + last);
        }
        cluster.coverage().reached(Coverage.Event.MEMBER_PROMOTED);
    }

    private static Set<String> differing(Membership before, Membership after) {
        Map<String, EnrolledMember> left = new HashMap<>();
        before.members().forEach(m -> left.put(m.id(), m));
        Set<String> differing = new HashSet<>();
        for (EnrolledMember member : after.members()) {
            if (!member.equals(left.remove(member.id()))) {
                differing.add(member.id());
            }
        }
        differing.addAll(left.keySet());
        return differing;
    }

    /** The membership that a leader changed into this one, or {@code null} for a founding. */
    @Nullable Membership before(Membership membership) {
        return predecessors.get(membership);
    }

    /** The last membership before this one in which others voted, or the same in other memories; {@code null} if there was none. */
    @Nullable Membership beforeOtherVoters(Membership membership) {
        Set<String> memories = votingMemories(membership);
        Membership before = before(membership);
        while (before != null && votingMemories(before).equals(memories)) {
            before = before(before);
        }
        return before;
    }

    private static Set<String> votingMemories(Membership membership) {
        return membership.members().stream()
                .filter(Enrolment::votes)
                .map(member -> member.id() + " " + member.incarnation())
                .collect(Collectors.toSet());
    }

    /** When a leader made a membership by taking a vote, or {@code null} if it was not made so. */
    @Nullable Long voteTakenAtNanos(Membership membership) {
        return votesTakenAtNanos.get(membership);
    }

    /** Each membership that a leader ever made by an entry after this one. */
    Set<Membership> madeAfter(long version) {
        Set<Membership> made = new HashSet<>(predecessors.keySet());
        made.removeIf(m -> m.version() <= version);
        return made;
    }

    /** A leader's message leaves. */
    void leaves(MemberRecord w, Request.FromLeader request) {
        Membership inForce = w.membership();
        Lease lease = w.member.lease();
        if (inForce != null
                && w.leads
                && lease != null
                && lease.end() == null
                && Enrolment.voters(inForce).size() > 1) {
            throw new Violation(
                    "a lease has an end before another voter hears of its vote",
                    w + " leads without end, and sends " + Trace.describe(request));
        }
        String to = request.header().to();
        if (!(request instanceof Request.Append append)
                || inForce == null
                || Enrolment.voters(inForce).contains(to)) {
            return;
        }
        for (Entry entry : append.entries()) {
            Membership sent = entry.payload() instanceof Payload.MembershipChange change ? change.membership() : null;
            if (sent != null
                    && entry.index() > w.commitIndex
                    && cluster.member(to).kind().votes()
                    && !Enrolment.voters(sent).contains(to)) {
                throw new Violation(
                        "who loses its vote is sent the entry once it is committed",
                        w + " has committed " + w.commitIndex + ", and sends " + Trace.describe(request));
            }
        }
    }
}
