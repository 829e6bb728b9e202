package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.election.InvalidElectionConfigurationException;
import io.election.cluster.BareElection;
import io.election.core.DurableRecord;
import io.election.core.HardState;
import io.election.core.Journal;
import io.election.journal.CopiedJournalException;
import io.election.journal.FileJournal;
import io.election.journal.JournalInUseException;
import io.election.node.ElectionNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.LifecycleProcessor;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.javapoet.ClassName;

/** A member's directory, from the making of the beans to its start, and after its stop. */
class DirectoryBeforeTheStartTests {

    @TempDir
    Path temp;

    private Path directory;
    private Path place;

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class));

    @BeforeEach
    void nameTheDirectory() {
        directory = temp.resolve("data");
        place = directory.resolve("orders").resolve("local");
    }

    private String[] alone() {
        return new String[] {
            "election.cluster=orders", "election.standalone=true", "election.storage.directory=" + directory
        };
    }

    private static List<String> filesBelow(Path path) throws IOException {
        if (!Files.exists(path)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(path)) {
            return files.map(file -> path.relativize(file).toString()).toList();
        }
    }

    // ------------------------------------------------------------------------------------------------ nothing written

    @Test
    void trainingRunWritesNothing() throws Exception {
        assertThat(exitOfATrainingRun(directory)).isZero();
        assertThat(filesBelow(temp)).containsExactly("");
    }

    /** The machine that builds an image need not have the disk that its containers have. */
    @Test
    void trainingRunNeedsNoDirectory() throws Exception {
        Path file = Files.createFile(temp.resolve("no-directory"));
        assertThat(exitOfATrainingRun(file)).isZero();
    }

    /** A container started from an image in which a member has lived must not be refused, nor damaged, by the next build. */
    @Test
    void trainingRunLeavesAJournalAsItIs() throws Exception {
        try (FileJournal running = FileJournal.open(place, "orders", "local")) {
            byte[] before = Files.readAllBytes(place.resolve("journal"));
            assertThat(exitOfATrainingRun(directory)).isZero();
            assertThat(place.resolve("journal")).hasBinaryContent(before);
            running.append(List.of(new DurableRecord.HardStateChanged(new HardState(1, "local", Duration.ZERO))));
        }
    }

    private int exitOfATrainingRun(Path storage) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx128m",
                        "-Dspring.context.exit=onRefresh",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Application.class.getName(),
                        "--spring.main.web-application-type=none",
                        "--spring.main.banner-mode=off",
                        "--election.cluster=orders",
                        "--election.standalone=true",
                        "--election.storage.directory=" + storage)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @BareElection
    static class Application {

        public static void main(String[] args) {
            SpringApplication.run(Application.class, args);
        }
    }

    @Test
    void aDirectoryThatWasFoundToBeAnOlderCopyIsRefusedBeforeTheBeansAreMade() throws IOException {
        try (FileJournal journal = FileJournal.open(place, "orders", "local")) {
            journal.condemn("it is an older copy of this memory, in its edition 3: member 'b' has seen edition 9");
        }
        runner.withPropertyValues(alone())
                .run(context ->
                        assertThat(context).getFailure().rootCause().isInstanceOf(CopiedJournalException.class));
        runner.withPropertyValues(alone())
                .run(context -> assertThat(context).getFailure().satisfies(failure -> {
                    Throwable cause = failure;
                    while (!(cause instanceof InvalidElectionConfigurationException)) {
                        cause = cause.getCause();
                    }
                    InvalidElectionConfigurationException refused = (InvalidElectionConfigurationException) cause;
                    assertThat(refused.getDescription()).contains("cannot be used: it is an older copy of this memory");
                    assertThat(refused.getAction()).contains("move " + place + " away and start again");
                }));
    }

    @Test
    void makingTheBeansWritesNothing() {
        runner.withPropertyValues(alone())
                .withBean(
                        AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME,
                        LifecycleProcessor.class,
                        StartsNothing::new)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(Journal.class)).isInstanceOf(FileJournal.class);
                    assertThat(context.getBean(ElectionNode.class).isRunning()).isFalse();
                    assertThat(filesBelow(temp)).containsExactly("");
                });
    }

    private static final class StartsNothing implements LifecycleProcessor {

        @Override
        public void onRefresh() {}

        @Override
        public void onClose() {}

        @Override
        public void start() {}

        @Override
        public void stop() {}

        @Override
        public boolean isRunning() {
            return false;
        }
    }

    @Test
    void processingAheadOfTimeWritesNothing() throws Exception {
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
            TestPropertyValues.of(alone()).applyTo(context);
            context.register(Application.class);
            new ApplicationContextAotGenerator()
                    .processAheadOfTime(
                            context,
                            new DefaultGenerationContext(
                                    new ClassNameGenerator(ClassName.get("io.election", "Application")),
                                    new InMemoryGeneratedFiles()));
        }
        assertThat(filesBelow(temp)).containsExactly("");
    }

    // ------------------------------------------------------------------------------------------------ locked, released

    @Test
    void createsItsFilesWhenItStarts() {
        runner.withPropertyValues(alone()).run(context -> {
            assertThat(context.getBean(ElectionNode.class).isRunning()).isTrue();
            assertThat(filesBelow(place)).contains("journal", "mark", "lock");
        });
    }

    @Test
    void locksAJournalThatIsThereBeforeTheApplicationsBeansAreMade() throws Exception {
        FileJournal.open(place, "orders", "local").close();
        Tries tries = new Tries();
        runner.withPropertyValues(alone())
                .withBean("early", Object.class, () -> tries.open(place))
                .run(context -> assertThat(tries.failure).isInstanceOf(JournalInUseException.class));
    }

    private static final class Tries {

        @Nullable Throwable failure;

        Object open(Path place) {
            try {
                FileJournal.open(place, "orders", "local").close();
            } catch (IOException e) {
                failure = e;
            }
            return this;
        }
    }

    /** Otherwise what is found on the disk after a restore from a checkpoint would not be what the member goes on with. */
    @Test
    void stoppedMemberGivesItsDirectoryUpAndReadsItAnewWhenItStarts() {
        runner.withPropertyValues(alone()).run(context -> {
            ElectionNode node = context.getBean(ElectionNode.class);
            assertThatThrownBy(() -> FileJournal.open(place, "orders", "local"))
                    .isInstanceOf(JournalInUseException.class);
            assertThat(node.leadership().await(Duration.ofMinutes(1))).isTrue();
            context.getSourceApplicationContext().stop();
            // Above the term it founded in, which is random: a vote below the log's last term is no state a member can
            // have.
            long votedIn = node.status().term() + 4711;
            try (FileJournal meanwhile = FileJournal.open(place, "orders", "local")) {
                meanwhile.append(
                        List.of(new DurableRecord.HardStateChanged(new HardState(votedIn, "local", Duration.ZERO))));
            }
            context.getSourceApplicationContext().start();
            assertThat(node.leadership().await(Duration.ofMinutes(1))).isTrue();
            assertThat(node.status().term()).isGreaterThan(votedIn);
        });
    }

    // ------------------------------------------------------------------------------------------------ refused early

    @Test
    void refusesADirectoryThatCannotBeBeforeTheApplicationsBeansAreMade() throws Exception {
        Files.createFile(directory);
        Tries tries = new Tries();
        runner.withPropertyValues(alone())
                .withBean("early", Object.class, () -> tries.open(temp.resolve("elsewhere")))
                .run(context -> {
                    assertThat(context.getStartupFailure())
                            .hasStackTraceContaining("election.storage.directory")
                            .hasStackTraceContaining(directory.toString());
                    assertThat(temp.resolve("elsewhere")).doesNotExist();
                });
    }

    /** Somebody may take the place between the making of the beans and the start. */
    @Test
    void namesADirectoryThatIsTakenWhenTheMemberStarts() throws Exception {
        FileJournal[] other = new FileJournal[1];
        runner.withPropertyValues(alone())
                .withBean("early", Object.class, () -> {
                    try {
                        other[0] = FileJournal.open(place, "orders", "local");
                        return other;
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .run(context -> assertThat(context.getStartupFailure())
                        .hasRootCauseInstanceOf(JournalInUseException.class)
                        .hasStackTraceContaining("election.storage.directory")
                        .hasStackTraceContaining("election.node-id"));
        other[0].close();
    }
}
