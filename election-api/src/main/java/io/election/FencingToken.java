package io.election;

/**
 * A number that rises with every term. It is for the resource that the leader writes to. A resource that refuses every
 * token lower than one it has seen cannot be harmed by a former leader.
 *
 * <p>The value is {@code generation * 2^20 + offset + term}. The generation is the second after that in which the cluster was
 * founded, by the clock of its founders that was ahead. So the token also rises across a new founding. The offset is a number
 * below 2^19 that grows with the millisecond of the founding. So clusters that are founded in the same second have different
 * tokens. The value stays below 2^53, which is exact as a JSON number.
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
     * @param generation the generation of the cluster
     * @param term the term in which the leader was elected, with the offset of the cluster
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
