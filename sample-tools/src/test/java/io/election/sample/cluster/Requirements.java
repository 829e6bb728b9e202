package io.election.sample.cluster;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a run of the tests may not do without, by {@code election.tests.require}: names, separated by commas. */
final class Requirements {

    private static final String PROPERTY = "election.tests.require";

    private Requirements() {}

    /**
     * Refuses to go on without something that is required.
     *
     * @param name what it is called in {@code election.tests.require}
     * @param why what is missing
     * @param cause why, or {@code null}
     * @throws ClusterException if it is named there
     */
    static void missing(String name, String why, @Nullable Exception cause) {
        if (List.of(System.getProperty(PROPERTY, "").split(",")).contains(name)) {
            throw new ClusterException(
                    why + ". -D" + PROPERTY + " names " + name + ": provide what is missing, or leave it out there.",
                    cause);
        }
    }
}
