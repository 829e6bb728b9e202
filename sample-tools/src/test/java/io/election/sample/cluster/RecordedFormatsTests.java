package io.election.sample.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What an earlier version wrote, to other members and to its disk, was recorded then. Other tests read it with the present version; here
 * it is seen that the recordings are still those of then. Files may be added, and none may be changed.
 */
class RecordedFormatsTests {

    private static final String MESSAGES = "election-core/src/test/resources/protocol";

    /** Messages, journals, and what will be recorded beside them; but not the inputs of the fuzzer, which come and go. */
    private static final List<String> RECORDED = List.of(
            "election-core/src/test/resources",
            ":(exclude)election-core/src/test/resources/fuzz",
            ":(exclude)election-core/src/test/resources/META-INF");

    static Stream<EarlierVersion> earlierVersions() {
        return EarlierVersion.all().stream();
    }

    @ParameterizedTest
    @MethodSource("earlierVersions")
    void recordingsAreOnlyAdded(EarlierVersion earlier) {
        earlier.needHistory();

        assertThat(earlier.files(MESSAGES))
                .as("recorded messages of %s", earlier)
                .isNotEmpty();
        // Renames count as what they are: one file is gone, and another was added.
        assertThat(earlier.differences(List.of("--name-status", "--no-renames", "--diff-filter=a"), RECORDED))
                .as("recordings of %s that were changed or removed", earlier)
                .isEmpty();
    }
}
