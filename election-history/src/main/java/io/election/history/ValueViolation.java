package io.election.history;

/**
 * A rule that does not hold for a named value.
 *
 * @param rule which
 * @param name the value's name
 * @param explanation which operations break it, with their times, for a person to read; may have several lines
 */
public record ValueViolation(ValueRule rule, String name, String explanation) {

    @Override
    public String toString() {
        return "\"" + rule + "\" does not hold for the value " + name + ": " + explanation;
    }
}
