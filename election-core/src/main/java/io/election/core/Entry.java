package io.election.core;

/**
 * One entry of the log.
 *
 * @param index its index, from 1
 * @param term the term of the leader that wrote it
 * @param payload its content
 */
public record Entry(long index, long term, Payload payload) {

    public Entry {
        if (index < 1 || term < 1) {
            throw new IllegalArgumentException("index and term must be positive, but are " + index + " and " + term);
        }
        Message.checkIndex("index", index);
        Message.checkTerm(term);
        if (index > 1 && payload instanceof Payload.TermOpening opening && opening.founding() != null) {
            throw new IllegalArgumentException("the founding is the first entry, but this one is " + index);
        }
        Membership membership = payload.membership();
        if (membership != null) {
            membership.checkNamedUpTo(index);
        }
    }

    /**
     * The position of this entry.
     *
     * @return term and index
     */
    public LogPosition position() {
        return new LogPosition(term, index);
    }

    /** About how many bytes it takes to hold this entry. */
    long weight() {
        return 128 + payload.weight();
    }

    /**
     * This entry as a witness keeps it: whole if it changes the membership, otherwise without its content (safety rule
     * 10).
     *
     * @return the entry to send to a witness
     */
    public Entry forWitness() {
        return payload.membership() != null ? this : new Entry(index, term, new Payload.Withheld());
    }
}
