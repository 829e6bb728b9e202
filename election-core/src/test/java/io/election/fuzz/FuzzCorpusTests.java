package io.election.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Plays the kept corpus again, without a fuzzer: each input once found something, if only a new path. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class FuzzCorpusTests {

    @ParameterizedTest
    @EnumSource
    void everyKeptInputIsTakenOrRefused(FuzzCorpus corpus) throws IOException {
        assertThat(corpus.inputs()).as("the kept inputs").isNotEmpty();
        for (Path input : corpus.inputs()) {
            try {
                corpus.run(Files.readAllBytes(input));
            } catch (Throwable failure) {
                fail("input " + input, failure);
            }
        }
    }
}
