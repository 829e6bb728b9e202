package io.election;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;

/**
 * What a test needs of the machine, and may lack elsewhere. Where {@code election.tests.require} names it, in a list separated by
 * commas, its absence fails the test. Elsewhere the test is skipped, and says so.
 */
public final class Required {

    private static final String PROPERTY = "election.tests.require";

    private Required() {}

    /**
     * Skips the test, or fails it, if something is missing.
     *
     * @param name what it is called in {@code election.tests.require}
     * @param there whether it is there
     * @param why what is missing and what is not tested because of that
     */
    public static void orSkip(String name, boolean there, String why) {
        if (there) {
            return;
        }
        if (List.of(System.getProperty(PROPERTY, "").split(",")).contains(name)) {
            fail(why + ". -D" + PROPERTY + " names " + name + ": provide it, or leave it out there.");
        }
        System.out.println("SKIPPED: " + why);
        assumeTrue(false, why);
    }
}
