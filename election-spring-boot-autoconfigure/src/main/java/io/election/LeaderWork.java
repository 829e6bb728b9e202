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
     * The work is done, or has failed. To be called in any case; what it does happens only once.
     *
     * @return whether no other member can have led between the beginning of the work and this call; the first call's
     *     answer is every later one's too
     */
    boolean end();
}
