package io.election.core.simulator;

import static io.election.Role.CANDIDATE;
import static io.election.Role.FOLLOWER;
import static io.election.Role.LEADER;
import static io.election.Role.PRE_CANDIDATE;

import io.election.Role;
import io.election.StepDownReason;
import io.election.core.Observation;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Why a role or a term changed, and between which roles that cause leads, as the machine's own table says. */
enum Cause {
    HEARD_OF_NO_LEADER(to(PRE_CANDIDATE), FOLLOWER),
    WON_THE_PRE_VOTE(to(CANDIDATE), PRE_CANDIDATE),
    WON_THE_VOTE(to(LEADER), CANDIDATE),
    STANDS_WITH_A_PROOF(to(CANDIDATE), FOLLOWER),
    /** Not of a candidate: who stood in a later term than it had caught up in is sent no TimeoutNow of that one. */
    TAKES_TIMEOUT_NOW(to(FOLLOWER), PRE_CANDIDATE),
    GAVE_WAY(to(FOLLOWER), PRE_CANDIDATE),
    PRE_VOTE_FAILED(to(FOLLOWER), PRE_CANDIDATE),
    VOTE_FAILED(to(FOLLOWER), CANDIDATE),
    ANOTHER_LEADS(to(FOLLOWER), FOLLOWER, PRE_CANDIDATE, CANDIDATE, LEADER),
    VOTED_FOR_ANOTHER(to(FOLLOWER), FOLLOWER, PRE_CANDIDATE, CANDIDATE),
    READ_A_HIGHER_TERM(to(FOLLOWER), FOLLOWER, PRE_CANDIDATE, CANDIDATE),
    DISK_FAILED(to(FOLLOWER), PRE_CANDIDATE, CANDIDATE),
    CLOSES(to(FOLLOWER), PRE_CANDIDATE, CANDIDATE),
    MACHINE_FAILED(to(FOLLOWER), PRE_CANDIDATE, CANDIDATE),
    SENT_TIMEOUT_NOW(to(FOLLOWER), LEADER),
    STEPPED_DOWN(to(FOLLOWER), LEADER);

    /** A change of role that some cause leads to. */
    record Transition(Role from, Role to, Cause cause) {
        @Override
        public String toString() {
            return from + " > " + to + ": "
                    + cause.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
        }
    }

    private final Role to;
    private final Set<Role> from;

    Cause(Role to, Role first, Role... others) {
        this.to = to;
        this.from = EnumSet.of(first, others);
    }

    /** Only so that the constants read as sentences. */
    private static Role to(Role role) {
        return role;
    }

    /** Every change that the machine's table has, and that must be reached. */
    static List<Transition> expected() {
        List<Transition> all = new ArrayList<>();
        for (Cause cause : values()) {
            cause.from.forEach(from -> all.add(new Transition(from, cause.to, cause)));
        }
        return all;
    }

    static Cause of(Observation.RoleChanged changed) {
        String reason = changed.reason();
        return switch (changed.to()) {
            case PRE_CANDIDATE -> HEARD_OF_NO_LEADER;
            case CANDIDATE -> reason.equals("won the pre-vote") ? WON_THE_PRE_VOTE : STANDS_WITH_A_PROOF;
            case LEADER -> WON_THE_VOTE;
            case FOLLOWER -> ofFalling(changed, reason);
        };
    }

    private static Cause ofFalling(Observation.RoleChanged changed, String reason) {
        if (reason.equals(VirtualMember.DISK_FAILURE)) {
            return DISK_FAILED;
        }
        if (changed.from() == LEADER) {
            for (StepDownReason known : StepDownReason.values()) {
                if (reason.startsWith(known + ": ")) {
                    return STEPPED_DOWN;
                }
            }
        }
        return switch (reason) {
            case "the pre-vote failed" -> PRE_VOTE_FAILED;
            case "the election was not won" -> VOTE_FAILED;
            case "it is closing" -> CLOSES;
            default -> ofOthers(reason);
        };
    }

    private static Cause ofOthers(String reason) {
        if (reason.startsWith("its state machine failed: ")) {
            return MACHINE_FAILED;
        }
        if (reason.endsWith(" leads")) {
            return ANOTHER_LEADS;
        }
        if (reason.startsWith("voted for ")) {
            return VOTED_FOR_ANOTHER;
        }
        if (reason.contains(" is in term ")) {
            return READ_A_HIGHER_TERM;
        }
        if (reason.startsWith("gave way to ")) {
            return GAVE_WAY;
        }
        if (reason.endsWith(" transferred its leadership")) {
            return TAKES_TIMEOUT_NOW;
        }
        if (reason.startsWith("sends TimeoutNow to ")) {
            return SENT_TIMEOUT_NOW;
        }
        throw new Violation("every change of role has a cause that is known", reason);
    }
}
