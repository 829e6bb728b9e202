package io.election;

/**
 * A number that rises with every term. It is for the resource that the leader writes to. A resource that refuses every
 * token lower than one it has seen cannot be harmed by a former leader.
 *
 * <p>The value is {@code generation * 2^20 + term}. The generation is the second in which the cluster was founded, so
 * the token also rises across a new founding. It stays below 2^53, which is exact as a JSON number. The first term of a
 * member that is alone in its list is a number below 2^19 that grows with the millisecond of its start. So copies that
 * each found a cluster in the same second usually have different tokens.
 *
 * @param value the number to pass to the resource, positive
 */
public record FencingToken(long value) implements Comparable<FencingToken> {

    public FencingToken {
        if (value <= 0) {
            throw new IllegalArgumentException("value must be positive, but is " + value);
        }
    }

    /**
     * Computes the token of one term.
     *
     * @param generation the second, since 1970, in which the cluster was founded
     * @param term the term in which the leader was elected
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
