package io.election.machine;

import io.election.FencingToken;
import io.election.core.Membership;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * Which token is in force: that of the last term opening (safety rule 17). Every leader opens its term before it appends anything else, so
 * a token of an earlier term is one of a leadership after which another one has begun.
 */
final class TokenJudge {

    private long generation;
    /** The token of a term is this and the term. */
    private long base;

    private long openedTerm;

    /** The founding says from where on the tokens of this cluster count. */
    void founded(Membership membership) {
        generation = membership.generation();
        base = membership.token(1).value() - 1;
    }

    void opened(long term) {
        openedTerm = term;
    }

    boolean isInForce(FencingToken token) {
        return openedTerm > 0 && token.value() == base + openedTerm;
    }

    /** The generation of the cluster, or 0 before the founding. */
    long generation() {
        return generation;
    }

    TokenJudge copy() {
        TokenJudge copy = new TokenJudge();
        copy.generation = generation;
        copy.base = base;
        copy.openedTerm = openedTerm;
        return copy;
    }

    long digest() {
        return Digest.of(generation, base, openedTerm);
    }

    void writeTo(DataOutputStream out) throws IOException {
        out.writeLong(generation);
        out.writeLong(base);
        out.writeLong(openedTerm);
    }

    static TokenJudge readFrom(DataInputStream in) throws IOException {
        TokenJudge judge = new TokenJudge();
        judge.generation = in.readLong();
        judge.base = in.readLong();
        judge.openedTerm = in.readLong();
        if (judge.generation < 0 || judge.base < 0 || judge.openedTerm < 0) {
            throw new DamagedImageException("it has no tokens as a cluster has them");
        }
        return judge;
    }
}
