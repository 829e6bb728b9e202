package io.election.core;

/**
 * A leader's word that it has given up its lease: good for standing in the next term only, without a pre-vote, with voters
 * that have seen no later term (thesis, section 3.10; safety rule 9).
 *
 * @param leader who gave it
 * @param term the term it led
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
