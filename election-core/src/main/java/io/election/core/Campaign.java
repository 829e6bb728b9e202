package io.election.core;

import io.election.Role;

/** A member that asks for votes: the round under way, and when it runs out of time. */
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

        /** The time is over and a quorum may still agree: asks anew. */
        void askAnew(VoteRound preVote, long newDeadlineNanos) {
            super.round = preVote;
            super.deadlineNanos = newDeadlineNanos;
        }
    }

    /** Has raised its term, and asks for votes once its own is on disk. */
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

        /** The write with which the own vote is durable; nobody is asked before (safety rule 1). */
        long ownVoteWrite() {
            return ownVoteWrite;
        }

        boolean isOwnVoteCounted() {
            return ownVoteCounted;
        }

        void ownVoteIsBeingWritten(long write) {
            ownVoteWrite = write;
        }

        /** The own vote is durable. Only now does the time of the round begin. */
        void countOwnVote(String self, String incarnation, long newDeadlineNanos) {
            ownVoteCounted = true;
            round().grant(self, incarnation);
            super.deadlineNanos = newDeadlineNanos;
        }
    }
}
