package io.election.core;

/** The one place where majorities are computed. */
public final class Quorum {

    private Quorum() {}

    /**
     * A strict majority of the voters, this member included. Any two majorities share a member. The size is computed
     * from the number of voters, never from the number of peers.
     *
     * @param voters how many members vote, at least 1
     * @return the size of a quorum
     */
    public static int of(int voters) {
        if (voters < 1) {
            throw new IllegalArgumentException("voters must be positive, but is " + voters);
        }
        return voters / 2 + 1;
    }
}
