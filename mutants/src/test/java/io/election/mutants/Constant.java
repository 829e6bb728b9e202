package io.election.mutants;

/** What {@link TestProcessTests} has changed. */
final class Constant {

    private Constant() {}

    static int value() {
        return 1;
    }
}
