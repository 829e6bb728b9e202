package io.election.core;

/** The one place where majorities are computed. */
public final class Quorum {

    private Quorum() {}

    /**
     * A strict majority of the voters, oneself included: any two of that size share a member. Computed from the number of
     * voters, never from the number of peers.
     *
     * @param voters how many members vote, at least 1
     * @return the least number of voters that decides
     */
    public static int of(int voters) {
        if (voters < 1) {
            throw new IllegalArgumentException("voters must be positive, but is " + voters);
        }
        return voters / 2 + 1;
    }
}
