package io.election.core;

import io.election.HandoverResult;
import io.election.StepDownReason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A change of role that a part of the machine found to be due. Only the machine can carry it out. The table of all
 * changes is in {@link Roles}.
 */
sealed interface Transition {

    /** No leader was heard from: the member asks in a pre-vote whether it would be elected. */
    record PreVote() implements Transition {}

    /**
     * The member stands for election.
     *
     * @param term the term to stand in
     * @param proof the transfer proof with which it stands, or {@code null}
     * @param reason one clause that says why
     */
    record Stand(long term, @Nullable TransferProof proof, String reason) implements Transition {}

    /**
     * The member was elected.
     *
     * @param won the round that it won
     */
    record Lead(VoteRound won) implements Transition {}

    /**
     * A round failed: the member follows again, within the term.
     *
     * @param reason one clause that says why
     */
    record FallBack(String reason) implements Transition {}

    /**
     * The leadership ends within its term.
     *
     * @param reason why it ends
     * @param detail one clause of explanation
     * @param thereafter what the caller of a transfer is told after the leadership has ended, or {@code null}
     */
    record StepDown(
            StepDownReason reason, String detail, @Nullable TransferEnd thereafter) implements Transition {}

    /**
     * How a transfer ended.
     *
     * @param call the call that waits for the end of the transfer, or 0
     * @param outcome how it ended
     * @param detail one clause of explanation
     */
    record TransferEnd(long call, HandoverResult.Outcome outcome, String detail) {}

    /**
     * The answer to one of this member's own requests showed a higher term.
     *
     * @param term the higher term
     * @param from the member that is in it
     */
    record AdoptTerm(long term, String from) implements Transition {}

    /**
     * Two leaders were seen in this term.
     *
     * @param one one leader
     * @param other the other leader
     */
    record TwoLeaders(String one, String other) implements Transition {}

    /**
     * This member sends TimeoutNow, and no longer leads.
     *
     * @param transfer the transfer
     * @param successors the members that get TimeoutNow, one after the other
     */
    record SendTimeoutNow(Transfer transfer, List<String> successors) implements Transition {}
}
