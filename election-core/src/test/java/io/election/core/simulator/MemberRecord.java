package io.election.core.simulator;

import io.election.Role;
import io.election.core.DurableState;
import io.election.core.EnrolledMember;
import io.election.core.Entry;
import io.election.core.HardState;
import io.election.core.LogPosition;
import io.election.core.Membership;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one member has written and has been, as its inputs and effects told: the part of the record that several checks need.
 * What only one rule needs, that rule's class keeps.
 */
final class MemberRecord {

    private final VirtualCluster cluster;
    final VirtualMember member;

    /** Disks that were lost, with what they held when they were. */
    final List<VirtualDisk> lostDisks = new ArrayList<>();

    final WrittenLog log = new WrittenLog();

    HardState hardState = HardState.NEW;
    /** Before the step that is being looked at. */
    HardState hardStateBefore = HardState.NEW;

    Role role = Role.FOLLOWER;
    Role roleBefore = Role.FOLLOWER;

    @Nullable Membership membershipBefore;

    long commitIndex;

    /** Where the application said that its log is, or {@code null} if it has not. */
    @Nullable LogPosition position;

    /** The latest write that was ordered, and the latest that the process knows to be durable. */
    long lastWrite;

    long durableWrite;
    /** Whether its log named it at some time since it started. */
    boolean belonged;

    boolean ready;
    boolean closing;
    boolean diskFailed;
    boolean machineFailed;
    /** Up to where its process was told that its replica has applied. */
    long applied;

    /** Whether a leadership was gained and has not ended, and in which term the latest was gained. */
    boolean leads;

    long leadsInTerm;
    long endedTerm;

    MemberRecord(VirtualCluster cluster, VirtualMember member) {
        this.cluster = cluster;
        this.member = member;
    }

    void started(DurableState recovered) {
        log.recover(recovered);
        hardState = recovered.hardState();
        hardStateBefore = hardState;
        role = Role.FOLLOWER;
        roleBefore = Role.FOLLOWER;
        membershipBefore = log.membership();
        commitIndex = recovered.commitIndex();
        machineFailed = false;
        applied = 0;
        position = null;
        lastWrite = 0;
        durableWrite = 0;
        belonged = false;
        ready = false;
        closing = false;
        diskFailed = false;
        leads = false;
        leadsInTerm = 0;
        endedTerm = 0;
    }

    void wiped() {
        hardState = HardState.NEW;
        log.clear();
    }

    /** Its clock as if its machine had never been rebooted. */
    long continuous() {
        return member.clock().continuousAt(cluster.nowNanos());
    }

    /** Its clock as its process sees it. */
    long monotonic() {
        return member.reading().monotonicNanos();
    }

    @Nullable Membership membership() {
        return log.membership();
    }

    /** Whether its process was told that all before a term was applied. Without a replica it need not be. */
    boolean hasAppliedAllBefore(long term) {
        if (member.replica() == null) {
            return true;
        }
        for (Entry entry : log.entries()) {
            if (entry.term() == term) {
                return applied >= entry.index() - 1;
            }
        }
        return true;
    }

    boolean becameLeader() {
        return role == Role.LEADER && roleBefore != Role.LEADER;
    }

    /** Whether its own log names its memory, by an entry that it knows to be committed or by the founding (safety rule 7). */
    boolean isSettled() {
        Membership membership = log.membership();
        EnrolledMember self =
                membership == null ? null : membership.member(member.id()).orElse(null);
        return self != null
                && self.incarnation().equals(member.disk().incarnation())
                && Enrolment.votes(self)
                && (Enrolment.countsAtOnce(self) || self.namedAt() <= commitIndex);
    }

    /** Whether it is the only voter. */
    boolean isSole() {
        Membership membership = log.membership();
        if (membership != null) {
            return Enrolment.voters(membership).equals(Set.of(member.id()));
        }
        return member.settings().members().stream()
                        .filter(m -> m.kind().votes())
                        .count()
                == 1;
    }

    /** Whether it is the only voter and no other ever was one: nobody was ever promised anything. */
    boolean wasAlwaysSole() {
        Membership membership = log.membership();
        return isSole() && (membership == null || membership.version() == 1);
    }

    @Override
    public String toString() {
        return member.toString();
    }
}
