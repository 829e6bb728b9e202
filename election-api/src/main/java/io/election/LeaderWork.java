package io.election;

/**
 * A piece of work in flight under one leadership, from {@link Leadership#beginWork()} to {@link #end()}. While it is in
 * flight, a handover waits for it, for at most the handover's timeout. Safe for use by several threads.
 */
public interface LeaderWork {

    /**
     * The term of the leadership.
     *
     * @return the term
     */
    long term();

    /**
     * The token of the leadership.
     *
     * @return what to hand to the resources that the work writes to
     * @throws IllegalStateException where {@code election.enabled=false} makes this application the leader: nobody was
     *     elected, so there is no token
     */
    FencingToken fencingToken();

    /**
     * Whether no other member can have led since the work began. Unlike {@link Leadership#isLeader()} this holds on after
     * the leadership was given up in good order, while the handover waits for this work; then the work should end soon.
     *
     * @return {@code false} once another member may lead, and from then on
     */
    boolean isAlone();

    /**
     * The work is done, or has failed. To be called in any case; what it does happens only once.
     *
     * @return {@link #isAlone()} at the first call
     */
    boolean end();
}
