package io.election.sample.cluster;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is read here of a member's answer at {@code /actuator/election/members}.
 *
 * @param version the version of the members in force, which a change names as its precondition
 * @param committed whether that version is known to be committed
 * @param voters how many vote
 * @param members the members, and the learners that have announced themselves
 */
record MembersInForce(long version, boolean committed, int voters, List<Member> members) {

    /**
     * One member.
     *
     * @param id its id
     * @param standing such as {@code voter} or {@code learner}
     * @param reason what is wrong with it, or {@code null}
     * @param gap how many committed entries it lacks, or {@code null} where that is not known
     */
    record Member(
            String id,
            String standing,
            @Nullable String reason,
            @Nullable Long gap) {}

    Optional<Member> member(String id) {
        return members.stream().filter(m -> m.id().equals(id)).findFirst();
    }

    /** How a change ended, as the member that was asked says. */
    record Change(String outcome, long version, String detail) {

        boolean isMade() {
            return outcome.equals("DONE");
        }
    }
}
