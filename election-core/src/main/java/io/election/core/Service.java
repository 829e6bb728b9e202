package io.election.core;

/** Whether this member's process takes part: from the moment when its application is ready until it closes. */
final class Service {

    private boolean ready;
    private boolean closing;

    void begin() {
        ready = true;
    }

    boolean isReady() {
        return ready;
    }

    void end() {
        closing = true;
    }

    boolean isClosing() {
        return closing;
    }
}
