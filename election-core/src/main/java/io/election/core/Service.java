package io.election.core;

/** Whether this member's process takes part: it does from its application's readiness on until it closes. */
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
