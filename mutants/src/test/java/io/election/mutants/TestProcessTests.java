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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestProcessTests {

    private static final String CLASS_PATH = System.getProperty("java.class.path");
    private static final Duration LONG_ENOUGH = Duration.ofMinutes(2);

    @TempDir
    private static Path directory;

    /** Of one test after the other, until one of them uses it up: a JVM takes longer to start than all that it is asked. */
    private static @Nullable TestProcess started;

    private TestProcess process;

    @BeforeEach
    void start() throws Exception {
        if (started == null || !started.isUsable()) {
            started = new TestProcess(directory, directory, CLASS_PATH, List.of("-XX:TieredStopAtLevel=1"));
        }
        process = started;
    }

    @AfterAll
    static void close() {
        if (started != null) {
            started.close();
        }
        started = null;
    }

    @Test
    void takesOneQuestionAfterTheOther() throws Exception {
        Result passed = ask(LONG_ENOUGH, Passes.class);
        assertThat(passed.end()).isEqualTo(End.DONE);
        assertThat(passed.failures()).isEmpty();

        Result failed = ask(LONG_ENOUGH, Passes.class, Fails.class, NeverEnds.class);
        assertThat(failed.end()).isEqualTo(End.DONE);
        assertThat(failed.failures())
                .containsExactly(new Failure(
                        "TestProcessTests#fails",
                        Fails.class.getName() + "#fails()",
                        "java.lang.IllegalStateException: broken"));
        assertThat(failed.took()).containsOnlyKeys(Passes.class.getName(), Fails.class.getName());
        assertThat(process.ask("-", List.of(failed.failures().get(0).selector()), LONG_ENOUGH)
                        .failures())
                .isEqualTo(failed.failures());
        assertThat(process.isUsable()).isTrue();
    }

    @Test
    void loadsChangedClassesInPlaceOfTheirs() throws Exception {
        Path classes = directory.resolve("changed");
        try (MutantCompiler compiler = new MutantCompiler(CLASS_PATH)) {
            compiler.compile(
                    Map.of(
                            Path.of("Constant.java"),
                            "package io.election.mutants; final class Constant { static int value() { return 2; } }"),
                    classes);
        }
        assertThat(ask(LONG_ENOUGH, ConstantIsOne.class).failures()).isEmpty();
        assertThat(process.ask(classes.toString(), List.of(ConstantIsOne.class.getName()), LONG_ENOUGH)
                        .failures())
                .hasSize(1);
        assertThat(ask(LONG_ENOUGH, ConstantIsOne.class).failures()).isEmpty();
    }

    @Test
    void killsATestThatNeverEnds() throws Exception {
        assertThat(ask(Duration.ofSeconds(1), NeverEnds.class).end()).isEqualTo(End.OUT_OF_TIME);
        assertThat(process.isUsable()).isFalse();
    }

    @Test
    void noticesAProcessThatDies() throws Exception {
        assertThat(ask(LONG_ENOUGH, Dies.class))
                .isEqualTo(new Result(List.of(), Map.of(), Dies.class.getName(), End.DIED));
        assertThat(process.isUsable()).isFalse();
    }

    @Test
    void takesAClassWithoutTestsForNoSuccess() throws Exception {
        assertThat(ask(LONG_ENOUGH, TestProcess.class).end()).isEqualTo(End.DIED);
    }

    private Result ask(Duration limit, Class<?>... tests) throws Exception {
        return process.ask("-", Arrays.stream(tests).map(Class::getName).toList(), limit);
    }

    static class ConstantIsOne {

        @Test
        void isOne() {
            assertThat(Constant.value()).isEqualTo(1);
        }
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
