package io.election.history;

/**
 * A rule that does not hold.
 *
 * @param rule which
 * @param explanation by whom and when it was broken, for a person to read
 */
public record Violation(Rule rule, String explanation) {

    @Override
    public String toString() {
        return "\"" + rule + "\" does not hold: " + explanation;
    }
}
