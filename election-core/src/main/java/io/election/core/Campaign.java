package io.election.core;

import io.election.Role;

/** A member that asks for votes: the current round, and its deadline. */
abstract sealed class Campaign implements RoleState {

    private VoteRound round;
    private long deadlineNanos;

    private Campaign(VoteRound round, long deadlineNanos) {
        this.round = round;
        this.deadlineNanos = deadlineNanos;
    }

    VoteRound round() {
        return round;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    /** Asks whether it would be elected, and has not raised its term. */
    static final class PreCandidate extends Campaign {

        PreCandidate(VoteRound preVote, long deadlineNanos) {
            super(preVote, deadlineNanos);
        }

        @Override
        public Role role() {
            return Role.PRE_CANDIDATE;
        }

        /** The time has run out, but a quorum may still agree: the member asks again. */
        void askAnew(VoteRound preVote, long newDeadlineNanos) {
            super.round = preVote;
            super.deadlineNanos = newDeadlineNanos;
        }
    }

    /** Has raised its term, and asks for votes. It can win once its own vote is on disk. */
    static final class Candidate extends Campaign {

        private final long stoodAtNanos;
        private long ownVoteWrite;
        private boolean ownVoteCounted;

        Candidate(VoteRound vote, long stoodAtNanos) {
            super(vote, stoodAtNanos);
            this.stoodAtNanos = stoodAtNanos;
        }

        @Override
        public Role role() {
            return Role.CANDIDATE;
        }

        long stoodAtNanos() {
            return stoodAtNanos;
        }

        /** The write that makes the candidate's own vote durable. The round is not won before (safety rule 1). */
        long ownVoteWrite() {
            return ownVoteWrite;
        }

        boolean isOwnVoteCounted() {
            return ownVoteCounted;
        }

        void ownVoteIsBeingWritten(long write) {
            ownVoteWrite = write;
        }

        /** The candidate's own vote is durable. The deadline of the round counts only from now. */
        void countOwnVote(String self, String incarnation, long newDeadlineNanos) {
            ownVoteCounted = true;
            round().grant(self, incarnation);
            super.deadlineNanos = newDeadlineNanos;
        }
    }
}
