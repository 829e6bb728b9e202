package io.election.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.mutants.TestProcess.End;
import io.election.mutants.TestProcess.Failure;
import io.election.mutants.TestProcess.Result;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestProcessTests {

    private static final Duration LONG_ENOUGH = Duration.ofMinutes(2);

    @TempDir
    private Path directory;

    @Test
    void namesTheFailuresOfTheFirstClassThatHasOne() throws Exception {
        Result result = run(LONG_ENOUGH, Passes.class, Fails.class, NeverEnds.class);

        assertThat(result.end()).isEqualTo(End.DONE);
        assertThat(result.failures())
                .containsExactly(new Failure("TestProcessTests#fails", "java.lang.IllegalStateException: broken"));
        assertThat(result.took()).containsOnlyKeys(Passes.class.getName(), Fails.class.getName());
    }

    @Test
    void endsWithoutAFailureWhenAllPassed() throws Exception {
        Result result = run(LONG_ENOUGH, Passes.class);

        assertThat(result.end()).isEqualTo(End.DONE);
        assertThat(result.failures()).isEmpty();
    }

    @Test
    void killsATestThatNeverEnds() throws Exception {
        assertThat(run(Duration.ofSeconds(3), NeverEnds.class).end()).isEqualTo(End.OUT_OF_TIME);
    }

    @Test
    void noticesAProcessThatDies() throws Exception {
        assertThat(run(LONG_ENOUGH, Dies.class))
                .isEqualTo(new Result(List.of(), Map.of(), Dies.class.getName(), End.DIED));
    }

    @Test
    void takesAClassWithoutTestsForNoSuccess() throws Exception {
        assertThat(run(LONG_ENOUGH, TestProcess.class).end()).isEqualTo(End.DIED);
    }

    private Result run(Duration limit, Class<?>... tests) throws Exception {
        List<String> names = Arrays.stream(tests).map(Class::getName).toList();
        return new TestProcess(directory, List.of("-XX:TieredStopAtLevel=1")).run(null, names, limit);
    }

    static class Passes {

        @Test
        void passes() {}
    }

    static class Fails {

        @Test
        void fails() {
            throw new IllegalStateException("broken\nin two lines");
        }
    }

    static class NeverEnds {

        @Test
        void neverEnds() {
            while (true) {
                LockSupport.park();
            }
        }
    }

    static class Dies {

        @Test
        void dies() {
            Runtime.getRuntime().halt(3);
        }
    }
}
