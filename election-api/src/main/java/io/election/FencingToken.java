package io.election;

/**
 * A number that rises with every term, for the resource that the leader writes to: a resource that refuses a token lower
 * than one it has seen cannot be harmed by a leader of the past.
 *
 * <p>The value is {@code generation * 2^20 + term}, the generation being the second in which the cluster was founded, so
 * it rises across a new founding too, and stays below 2^53: exact as a JSON number. The first term of a member that is alone
 * in its list is a number below 2^19 that grows with the millisecond of its start, so that copies which found a cluster
 * each in the same second have different tokens.
 *
 * @param value the number to hand to the resource, positive
 */
public record FencingToken(long value) implements Comparable<FencingToken> {

    public FencingToken {
        if (value <= 0) {
            throw new IllegalArgumentException("value must be positive, but is " + value);
        }
    }

    /**
     * The token of one term.
     *
     * @param generation the second, since 1970, in which the cluster was founded
     * @param term the term that the leader was elected in
     * @return the token
     */
    public static FencingToken of(long generation, long term) {
        return new FencingToken(Math.addExact(Math.multiplyExact(generation, 1L << 20), term));
    }

    @Override
    public int compareTo(FencingToken other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
