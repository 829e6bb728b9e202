package io.election.core.simulator;

import io.election.core.Effect;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.LogPosition;
import io.election.core.MemberKind;
import io.election.core.Membership;
import io.election.core.Observation;
import io.election.core.Payload;
import io.election.core.Request;
import io.election.core.Snapshot;
import io.election.machine.Applied;
import io.election.machine.Outcome;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Safety rule 17, as far as the log is concerned: what is acknowledged is on two disks with data, images stand for what they name and
 * outlast what names them, nobody leads before all before its term is applied, and equal logs make equal states.
 */
final class Rule17Memory {

    private final VirtualCluster cluster;
    /** The states after entries, as the first member that came there had them. */
    private final Map<LogPosition, Long> states = new HashMap<>();
    /** The term of the last opening that each process has applied. */
    private final Map<String, Long> openedTerms = new HashMap<>();
    /** How far each member has ever applied: it may lose its memory while a leader relies on it. */
    private final Map<String, Long> appliedEver = new HashMap<>();
    /** Where the log of a leader ended when it began to hand over. */
    private final Map<String, Long> transferBeganAt = new HashMap<>();

    private long acknowledged;

    Rule17Memory(VirtualCluster cluster) {
        this.cluster = cluster;
    }

    /** All memory is gone, and another cluster is founded. */
    void foundedAnew() {
        states.clear();
        openedTerms.clear();
        appliedEver.clear();
        acknowledged = 0;
    }

    // ------------------------------------------------------------------------------------------------ applying

    void applied(VirtualMember member, Entry entry, @Nullable Applied answer) {
        String process = process(member);
        if (entry.payload() instanceof Payload.TermOpening) {
            openedTerms.put(process, entry.term());
        }
        appliedEver.merge(member.id(), entry.index(), Math::max);
        Long opened = openedTerms.get(process);
        if (answer instanceof Applied.CommandAnswer command
                && command.outcome() instanceof Outcome.Done done
                && done.at().equals(entry.position())
                && opened != null
                && opened != entry.term()) {
            throw new Violation(
                    "every term is opened before anything of it is applied",
                    member + ": " + entry + " after the opening of term " + opened);
        }
    }

    private static String process(VirtualMember member) {
        return member.id() + '/' + member.life();
    }

    void restored(VirtualMember member, LogPosition last) {
        openedTerms.remove(process(member));
        appliedEver.merge(member.id(), last.index(), Math::max);
    }

    /** The state of a member after an entry is that of all others after it. */
    void state(VirtualMember member, LogPosition after, long digest) {
        Long known = states.putIfAbsent(after, digest);
        if (known != null && known != digest) {
            throw new Violation("members that have applied the same are equal", member + " after " + after);
        }
    }

    // ------------------------------------------------------------------------------------------------ images

    /** A member compacts its log. */
    void compacts(MemberRecord w, Snapshot snapshot) {
        VirtualMember member = w.member;
        if (member.kind() != MemberKind.WITNESS
                && (snapshot.image() == null || member.images().open(snapshot.last(), snapshot.image()) == null)) {
            throw new Violation("nothing is folded without an image", member + ": " + snapshot);
        }
    }

    /** Images were dropped. */
    void retained(VirtualMember member) {
        Snapshot durable = member.disk().state().snapshot();
        if (durable.image() != null && member.images().open(durable.last(), durable.image()) == null) {
            throw new Violation("an image stays until nothing durable names it", member + ": " + durable);
        }
        Snapshot inMemory = member.election().snapshot();
        if (inMemory.image() != null && member.images().open(inMemory.last(), inMemory.image()) == null) {
            throw new Violation("the image of the snapshot stays", member + ": " + inMemory);
        }
    }

    // ------------------------------------------------------------------------------------------------ leading

    void gained(MemberRecord w, long term) {
        VirtualReplica replica = w.member.replica();
        if (replica == null) {
            return;
        }
        if (replica.hasFailed()) {
            throw new Violation("a member whose machine failed does not lead", w + " leads term " + term);
        }
        for (Entry entry : w.log.entries()) {
            if (entry.term() == term) {
                if (replica.appliedIndex() < entry.index() - 1) {
                    throw new Violation(
                            "a leader has applied all before its term",
                            w + " leads term " + term + ", opened by " + entry.index() + ", but has applied "
                                    + replica.appliedIndex());
                }
                return;
            }
        }
    }

    /** A step begins: whoever was told before it that its machine failed has ended its leadership. */
    void leads(MemberRecord w) {
        if (w.machineFailed && w.leads) {
            throw new Violation("a member whose machine failed does not lead on", w + " leads term " + w.leadsInTerm);
        }
    }

    void stands(MemberRecord w, Request.Vote vote) {
        VirtualReplica replica = w.member.replica();
        if (w.machineFailed && replica != null) {
            throw new Violation("a member whose machine failed does not stand", w + ": " + Trace.describe(vote));
        }
    }

    void progresses(MemberRecord w, Observation.TransferProgress progress) {
        if (w.member.replica() == null) {
            return;
        }
        if (progress.what().equals("is to lead")) {
            transferBeganAt.put(w.member.id(), w.log.last().index());
        } else if (progress.what().startsWith("has caught up")) {
            VirtualMember successor = cluster.member(progress.successor());
            long applied = appliedEver.getOrDefault(successor.id(), 0L);
            long began = transferBeganAt.getOrDefault(w.member.id(), 0L);
            if (applied < began) {
                throw new Violation(
                        "a lease is given up for a successor that has applied all before the handover",
                        w + " began at " + began + ", " + successor + " has applied " + applied);
            }
        }
    }

    // ------------------------------------------------------------------------------------------------ what is kept

    /** A member says that writers may be told of all up to an index. */
    void acknowledges(MemberRecord w, Effect.Acknowledged said, boolean leads, long committed, Holders holders) {
        long index = said.index();
        if (index > committed) {
            throw new Violation("only what is committed is acknowledged", w + ": " + index + " beyond " + committed);
        }
        if (!leads) {
            if (index > acknowledged) {
                throw new Violation("only a leader acknowledges", w + ": " + index + " beyond " + acknowledged);
            }
            return;
        }
        Membership membership = w.membership();
        int data = 0;
        int holding = 0;
        for (EnrolledMember enrolled : membership.members()) {
            if (Enrolment.votes(enrolled) && enrolled.kind() == MemberKind.DATA) {
                data++;
                holding += holders.holds(enrolled, index) ? 1 : 0;
            }
        }
        int copies = Math.min(data, w.member.settings().replication().dataCopies());
        if (holding < copies) {
            throw new Violation(
                    "what is acknowledged is on two disks with data",
                    w + " acknowledges " + index + ", which " + holding + " of " + data + " hold");
        }
        acknowledged = Math.max(acknowledged, index);
    }

    /** Who holds an entry durably. */
    interface Holders {
        boolean holds(EnrolledMember enrolled, long index);
    }
}
