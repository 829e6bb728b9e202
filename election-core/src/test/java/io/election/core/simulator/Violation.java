package io.election.core.simulator;

/** A rule that must hold in every run does not. */
final class Violation extends AssertionError {

    private final String rule;

    Violation(String rule, String detail) {
        super(rule + ": " + detail);
        this.rule = rule;
    }

    String rule() {
        return rule;
    }
}
