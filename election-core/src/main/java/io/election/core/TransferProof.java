package io.election.core;

/**
 * A leader's statement that it has given up its lease. With it, a member may stand without a pre-vote, in the next term
 * only, with voters that have seen no later term (thesis, section 3.10; safety rule 9).
 *
 * @param leader the leader that made the statement
 * @param term the term that it led
 */
public record TransferProof(String leader, long term) {

    public TransferProof {
        Message.checkName("leader", leader);
        Message.checkOwnTerm(term);
        if (term + 1 >= Message.TERM_LIMIT) {
            throw new IllegalArgumentException("term must leave room for the next one, but is " + term);
        }
    }
}
