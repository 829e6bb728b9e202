package io.election.core;

import io.election.HandoverResult;
import io.election.StepDownReason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a part of the machine has found to be due, and only the machine can do: this member becomes something else. The table
 * stands in {@link Roles}.
 */
sealed interface Transition {

    /** Heard of no leader: asks whether it would be elected. */
    record PreVote() implements Transition {}

    /**
     * Stands for election.
     *
     * @param term the term to stand in
     * @param proof the transfer proof that it stands with, or {@code null}
     * @param reason one clause that says why
     */
    record Stand(long term, @Nullable TransferProof proof, String reason) implements Transition {}

    /**
     * Was elected.
     *
     * @param won the round that says so
     */
    record Lead(VoteRound won) implements Transition {}

    /**
     * A round failed: follows again, within the term.
     *
     * @param reason one clause that says why
     */
    record FallBack(String reason) implements Transition {}

    /**
     * The leadership ends within its term.
     *
     * @param reason why
     * @param detail one clause, for people
     * @param thereafter what the caller of a transfer is told once it has ended, or {@code null}
     */
    record StepDown(
            StepDownReason reason, String detail, @Nullable TransferEnd thereafter) implements Transition {}

    /**
     * How a transfer ended.
     *
     * @param call who waits, or 0
     * @param outcome how
     * @param detail one clause
     */
    record TransferEnd(long call, HandoverResult.Outcome outcome, String detail) {}

    /**
     * The answer to a request of this member's own told of a higher term.
     *
     * @param term the higher term
     * @param from who is in it
     */
    record AdoptTerm(long term, String from) implements Transition {}

    /**
     * Two leaders were seen in this term.
     *
     * @param one a leader
     * @param other another
     */
    record TwoLeaders(String one, String other) implements Transition {}

    /**
     * TimeoutNow is sent: this member no longer leads.
     *
     * @param transfer the transfer
     * @param successors who gets TimeoutNow, one after the other
     */
    record SendTimeoutNow(Transfer transfer, List<String> successors) implements Transition {}
}
