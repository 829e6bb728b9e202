package io.election.journal;

/** A directory cannot be recovered, and nothing in it was changed. The message says why, and what to do instead. */
final class RecoveryRefusedException extends Exception {

    RecoveryRefusedException(String message) {
        super(message);
    }
}
