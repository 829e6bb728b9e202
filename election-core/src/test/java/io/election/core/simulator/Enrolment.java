package io.election.core.simulator;

import io.election.core.EnrolledMember;
import io.election.core.MemberKind;
import io.election.core.Membership;
import java.util.HashSet;
import java.util.Set;

/** What it means to be named by the log, reckoned for the checks alone. */
final class Enrolment {

    private Enrolment() {}

    /** Whether a member counts in the quorum: an observer never does, nor one whose vote was taken. */
    static boolean votes(EnrolledMember named) {
        return named.kind() != MemberKind.OBSERVER
                && named.standing() != EnrolledMember.Standing.WITHOUT_VOTE
                && named.standing() != EnrolledMember.Standing.LAGGING;
    }

    /** Whether it may lead. */
    static boolean mayLead(EnrolledMember named) {
        return named.kind() == MemberKind.DATA && votes(named);
    }

    /** Whether its word counts before it knows the entry that names it to be committed: no earlier memory of it ever counted. */
    static boolean countsAtOnce(EnrolledMember named) {
        return named.namedAt() == 1 || named.standing() == EnrolledMember.Standing.PROMOTED;
    }

    /** The ids of those that count in the quorum. */
    static Set<String> voters(Membership membership) {
        Set<String> voters = new HashSet<>();
        for (EnrolledMember named : membership.members()) {
            if (votes(named)) {
                voters.add(named.id());
            }
        }
        return voters;
    }
}
