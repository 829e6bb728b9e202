package io.election.peer;

/** Takes the outcome of asking a member whether it is there. One of its methods is called, once. */
public interface PresenceCallback {

    /**
     * It answered, and the answer is authenticated and bound to the question.
     *
     * @param presence what it said
     */
    void present(PeerPresence presence);

    /**
     * It did not answer, or what answered is not that member.
     *
     * @param detail one clause for a person, such as "connection refused"
     */
    void absent(String detail);

    /** It was not asked: this member is closing, or other requests to the same peer wait for their answer already. */
    void notAsked();
}
