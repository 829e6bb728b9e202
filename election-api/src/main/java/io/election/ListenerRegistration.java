package io.election;

/** What keeps a listener registered. */
public interface ListenerRegistration extends AutoCloseable {

    /** Ends the registration. A call of the listener that is under way goes on. A second call does nothing. */
    @Override
    void close();
}
