package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.ClusterMembers;
import io.election.journal.FileJournal;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Every wrong setting stops the start, and says which, what it is, and what to write instead. */
@ExtendWith(OutputCaptureExtension.class)
class InvalidSettingsTests {

    private static final String SECRET = "election.peer.secret=a-secret-for-tests-only";

    @TempDir
    Path directory;

    private final WebApplicationContextRunner servlet = new WebApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    SslAutoConfiguration.class, ElectionAutoConfiguration.class, ElectionWebAutoConfiguration.class));

    private final ApplicationContextRunner webless = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class, ElectionAutoConfiguration.class));

    /** A sound cluster of three, with a few settings replaced. */
    private String[] cluster(String... replaced) {
        List<String> properties = new ArrayList<>(List.of(
                "spring.application.name=orders",
                "election.node-id=a",
                "election.members[0].id=a",
                "election.members[0].url=http://127.0.0.1:18081",
                "election.members[1].id=b",
                "election.members[1].url=http://127.0.0.1:18082",
                "election.members[2].id=c",
                "election.members[2].url=http://127.0.0.1:18083",
                "election.storage.directory=" + directory,
                SECRET));
        for (String property : replaced) {
            String name = property.substring(0, property.indexOf('='));
            properties.removeIf(p -> p.startsWith(name + "="));
            if (!property.endsWith("=<absent>")) {
                properties.add(property);
            }
        }
        return properties.toArray(String[]::new);
    }

    /**
     * A row of the table.
     *
     * @param settings replace those of a sound cluster
     * @param property what the analysis names
     * @param value and its value; {@code null} if it is not set
     * @param reason part of the description
     * @param action part of what to write instead
     */
    record Case(List<String> settings, String property, String value, String reason, String action) {

        static Case of(String property, String value, String reason, String action, String... settings) {
            return new Case(Arrays.asList(settings), property, value, reason, action);
        }

        @Override
        public String toString() {
            return settings.toString();
        }
    }

    /** In the place of the list a name under which the members are found. */
    private static String[] found(String... further) {
        List<String> settings = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            settings.add("election.members[" + i + "].id=<absent>");
            settings.add("election.members[" + i + "].url=<absent>");
        }
        settings.add("election.discovery.dns=orders-headless");
        settings.add("election.peer.port=18081");
        settings.addAll(List.of(further));
        return settings.toArray(String[]::new);
    }

    static Stream<Case> wrongSettings() {
        return Stream.of(
                Case.of("election.node-id", "x", "a, b, c", "one of those listed", "election.node-id=x"),
                Case.of(
                        "election.discovery.dns",
                        "orders-headless",
                        "election.members lists 3 members. Members are either listed or found",
                        "To have members found, remove the list",
                        "election.discovery.dns=orders-headless",
                        "election.discovery.expected=3"),
                Case.of(
                        "election.discovery.expected",
                        null,
                        "nobody can tell when all founders have been found",
                        "election.discovery.expected=3",
                        found()),
                Case.of(
                        "election.discovery.expected",
                        "1",
                        "founds a cluster alone, and so does every other one",
                        "set election.standalone=true as well",
                        found("election.discovery.expected=1")),
                Case.of(
                        "election.storage.directory",
                        "/var/lib/orders",
                        "election.storage.mode is memory",
                        "set election.storage.mode=disk",
                        found(
                                "election.discovery.expected=3",
                                "election.storage.mode=memory",
                                "election.storage.directory=/var/lib/orders")),
                Case.of("election.voters", "0", "must be 1 to", "an odd number", "election.voters=0"),
                Case.of("election.voters", "1001", "must be 1 to 1000", "an odd number", "election.voters=1001"),
                Case.of(
                        "election.promotion.stabilisation",
                        "-1000ms",
                        "negative",
                        "stabilisation=10s",
                        "election.promotion.stabilisation=-1s"),
                Case.of("election.max-lag", "64", "caught up", "above 64", "election.max-lag=64"),
                Case.of(
                        "election.max-lag",
                        "1000",
                        "would not get it back",
                        "election.promotion.enabled=true",
                        "election.max-lag=1000",
                        "election.promotion.enabled=false"),
                Case.of(
                        "election.cleanup.after",
                        "9999ms",
                        "ten times election.election-timeout, 1000ms",
                        "10000ms at least",
                        "election.cleanup.enabled=true",
                        "election.cleanup.after=9999ms"),
                Case.of("election.cleanup.min-quorum", "4", "1 to 3", "Set it to 3", "election.cleanup.min-quorum=4"),
                Case.of(
                        "election.cleanup.min-quorum",
                        "0",
                        "1 to 5",
                        "Set it to 3",
                        "election.voters=5",
                        "election.cleanup.min-quorum=0"),
                Case.of("election.node-id", null, "name of this host", "ELECTION_NODE_ID", "election.node-id=<absent>"),
                Case.of("election.members[1].id", "a", "already", "an id of its own", "election.members[1].id=a"),
                Case.of("election.members[1].id", "A", "already", "an id of its own", "election.members[1].id=A"),
                Case.of("election.members[1].id", "../b", "letters, digits", "node-2", "election.members[1].id=../b"),
                Case.of(
                        "election.members[1].id",
                        null,
                        "needs an id and a url",
                        "ELECTION_MEMBERS_0_URL",
                        "election.members[1].id=<absent>"),
                Case.of(
                        "election.members[2].url",
                        null,
                        "needs an id and a url",
                        "replaces the whole list",
                        "election.members[2].url=<absent>"),
                Case.of(
                        "election.members[1].url",
                        "127.0.0.1:18082",
                        "",
                        "http://host-1:8080",
                        "election.members[1].url=127.0.0.1:18082"),
                Case.of(
                        "election.members[1].url",
                        "ftp://b",
                        "http:// or https://",
                        "http://host-1:8080",
                        "election.members[1].url=ftp://b"),
                Case.of(
                        "election.members[1].url",
                        "http://b_b:1",
                        "'b_b' contains an underscore",
                        "such as b-b",
                        "election.members[1].url=http://b_b:1"),
                Case.of(
                        "election.members[1].url",
                        "http://0.0.0.0:18082",
                        "an address to listen on",
                        "http://host-1:8080",
                        "election.members[1].url=http://0.0.0.0:18082"),
                Case.of(
                        "election.members[1].url",
                        "http://localhost:18081",
                        "election.members[0] has that url already, spelled 'http://127.0.0.1:18081'",
                        "each member the url",
                        "election.members[1].url=http://localhost:18081"),
                Case.of(
                        "election.members[1].app-url",
                        "http://[::]:18082",
                        "an address to listen on",
                        "http://host-1:8080",
                        "election.members[1].app-url=http://[::]:18082"),
                Case.of(
                        "election.members[1].url",
                        "http://b:70000",
                        "65535",
                        "http://host-1:8080",
                        "election.members[1].url=http://b:70000"),
                Case.of(
                        "election.members[1].url",
                        "http://b?x=1",
                        "no user, query",
                        "http://host-1:8080",
                        "election.members[1].url=http://b?x=1"),
                Case.of(
                        "election.members[1].url",
                        "HTTP://127.0.0.1:18081/",
                        "election.members[0] has that url",
                        "each member the url",
                        "election.members[1].url=HTTP://127.0.0.1:18081/"),
                Case.of(
                        "election.members[0].app-url",
                        "nowhere",
                        "",
                        "http://host-1:8080",
                        "election.members[0].app-url=nowhere"),
                Case.of(
                        "election.members[0].app-url",
                        null,
                        "it is not known where clients reach 'a'",
                        "election.web.on-follower=refuse",
                        "election.web.on-follower=redirect",
                        "election.peer.port=18090"),
                Case.of(
                        "election.lease-duration",
                        "950ms",
                        "two members could lead at once",
                        "election.lease-duration to",
                        "election.lease-duration=950ms"),
                Case.of(
                        "election.lease-duration",
                        "750ms",
                        "clock-drift 20%",
                        "election.lease-duration to",
                        "election.clock-drift=20%"),
                Case.of(
                        "election.heartbeat-interval",
                        "400ms",
                        "more than half",
                        "375ms at most",
                        "election.heartbeat-interval=400ms"),
                Case.of("election.election-timeout", "0ms", "at most an hour", "=1s", "election.election-timeout=0s"),
                Case.of(
                        "election.handover.timeout",
                        "-1000ms",
                        "at most an hour",
                        "=5s",
                        "election.handover.timeout=-1s"),
                Case.of("election.clock-drift", "much", "a number", "0.05 or 5%", "election.clock-drift=much"),
                Case.of("election.clock-drift", "NaN", "a number", "0.05 or 5%", "election.clock-drift=NaN"),
                Case.of("election.clock-drift", "60%", "below 0.5", "0.05 or 5%", "election.clock-drift=60%"),
                Case.of(
                        "election.peer.secret",
                        null,
                        "3 members",
                        "trust-network=true",
                        "election.peer.secret=<absent>"),
                Case.of(
                        "election.peer.secret",
                        "(5 characters)",
                        "at least 16",
                        "openssl rand",
                        "election.peer.secret=short"),
                Case.of(
                        "election.peer.accepted-secrets[0]",
                        "(5 characters)",
                        "at least 16",
                        "openssl rand",
                        "election.peer.accepted-secrets=short"),
                Case.of(
                        "election.peer.path",
                        "election",
                        "begins with a slash",
                        "/election",
                        "election.peer.path=election"),
                Case.of("election.peer.path", "/", "begins with a slash", "/election", "election.peer.path=/"),
                Case.of("election.peer.port", "0", "fixed port", "8090", "election.peer.port=0"),
                Case.of("election.peer.port", "8080", "server.port", "another port", "election.peer.port=8080"),
                Case.of(
                        "election.peer.ssl.bundle",
                        "peers",
                        "election.peer.port is not set",
                        "8090",
                        "election.peer.ssl.bundle=peers"),
                Case.of(
                        "election.members",
                        "http://127.0.0.1:18081",
                        "not encrypted",
                        "https://",
                        "election.peer.ssl.bundle=peers",
                        "election.peer.port=18081"),
                Case.of(
                        "election.peer.ssl.bundle",
                        "peers",
                        "no such SSL bundle",
                        "spring.ssl.bundle.pem.peers",
                        "election.peer.ssl.bundle=peers",
                        "election.peer.port=18081",
                        "election.members[0].url=https://127.0.0.1:18081",
                        "election.members[1].url=https://127.0.0.1:18082",
                        "election.members[2].url=https://127.0.0.1:18083"),
                Case.of(
                        "election.peer.ssl.client-bundle",
                        "trusted",
                        "no url in election.members begins with https://",
                        "https://",
                        "election.peer.ssl.client-bundle=trusted"),
                Case.of(
                        "election.peer.ssl.client-bundle",
                        "trusted",
                        "no such SSL bundle",
                        "spring.ssl.bundle.pem.trusted",
                        "election.peer.ssl.client-bundle=trusted",
                        "election.members[0].url=https://127.0.0.1:18081",
                        "election.members[1].url=https://127.0.0.1:18082",
                        "election.members[2].url=https://127.0.0.1:18083"),
                Case.of(
                        "election.peer.ssl.client-bundle",
                        "trusted",
                        "mutual TLS uses that one for calls too",
                        "Remove election.peer.ssl.client-bundle",
                        "election.peer.ssl.client-bundle=trusted",
                        "election.peer.ssl.bundle=peers",
                        "election.peer.port=18081"),
                Case.of(
                        "election.peer.address",
                        "127.0.0.1",
                        "binds to server.address",
                        "election.peer.port",
                        "election.peer.address=127.0.0.1"),
                Case.of("server.port", "0", "a random one cannot be listed", "8080", "server.port=0"),
                Case.of(
                        "election.cluster",
                        null,
                        "neither it nor spring.application.name",
                        "election.cluster=orders",
                        "spring.application.name=<absent>"),
                Case.of(
                        "spring.application.name",
                        "my orders",
                        "letters, digits",
                        "election.cluster",
                        "spring.application.name=my orders"),
                Case.of("election.cluster", "../x", "letters, digits", "orders", "election.cluster=../x"),
                Case.of(
                        "election.members",
                        "a (witness), b (observer), c (witness)",
                        "none of them may lead",
                        "data",
                        "election.members[0].kind=witness",
                        "election.members[1].kind=observer",
                        "election.members[2].kind=witness"),
                Case.of(
                        "election.members",
                        "a (data), b (witness), c (witness)",
                        "a quorum of the 3 voters",
                        "fewer witnesses",
                        "election.members[1].kind=witness",
                        "election.members[2].kind=witness"),
                Case.of("election.standalone", "true", "contradicts", "Remove", "election.standalone=true"),
                Case.of("election.when-disabled", null, "3 leaders", "when-disabled=leader", "election.enabled=false"),
                Case.of(
                        "election.storage.directory",
                        "",
                        "the text is empty",
                        "/var/lib",
                        "election.storage.directory="),
                Case.of(
                        "election.storage.directory",
                        "/var/lib/orders",
                        "election.storage.mode is memory, which writes to no directory",
                        "Remove election.storage.directory",
                        "election.storage.mode=memory",
                        "election.storage.directory=/var/lib/orders"));
    }

    @ParameterizedTest
    @MethodSource("wrongSettings")
    void namesPropertyAndValueAndWhatToWriteInstead(Case row) {
        servlet.withPropertyValues(cluster(row.settings().toArray(String[]::new)))
                .run(context -> assertAnalysis(context.getStartupFailure(), row));
    }

    private static void assertAnalysis(Throwable failure, Case row) {
        assertThat(failure).as("startup failure").isNotNull();
        FailureAnalysis analysis = Analyses.of(failure);
        assertThat(analysis).as("analysis of %s", failure).isNotNull();
        assertThat(analysis.getDescription())
                .contains("'" + row.property() + "'")
                .contains(row.reason());
        if (row.value() == null) {
            assertThat(analysis.getDescription()).contains("is not set");
        } else {
            assertThat(analysis.getDescription()).contains(row.value());
        }
        assertThat(analysis.getAction()).contains(row.action());
    }

    @Test
    void emptyListIsNotTheSameAsNone() {
        webless.withPropertyValues("election.members=")
                .run(context -> assertAnalysis(
                        context.getStartupFailure(),
                        Case.of("election.members", "''", "the list is empty", "ELECTION_MEMBERS= without")));
    }

    @Test
    void oneVariableThatReplacesAListFromAFileIsExplained() {
        webless.withSystemProperties("election.members[0].url=http://other:1")
                .withPropertyValues()
                .run(context -> assertAnalysis(
                        context.getStartupFailure(),
                        Case.of("election.members[0].id", null, "each member needs", "replaces the whole list")));
    }

    @Test
    void memberTextWithoutUrlIsOurFailureNotTheBinders() {
        webless.withPropertyValues("election.members=a=http://h:1,http://b:1")
                .run(context -> assertAnalysis(
                        context.getStartupFailure(),
                        Case.of("election.members", "http://b:1", "id=url", "node-1=http://host-1:8080")));
    }

    @Test
    void applicationWithoutServletServerNeedsAPortForItsPeers() {
        webless.withPropertyValues(cluster())
                .run(context -> assertAnalysis(
                        context.getStartupFailure(),
                        Case.of("election.peer.port", null, "not a servlet web application", "8090")));
    }

    @Test
    void platformThatRunsCopiesWantsMembersOrAWord() {
        webless.withPropertyValues("spring.main.cloud-platform=kubernetes")
                .run(context -> assertAnalysis(
                        context.getStartupFailure(),
                        Case.of("election.members", null, "KUBERNETES", "election.standalone=true")));
        webless.withPropertyValues("spring.main.cloud-platform=kubernetes", "election.standalone=true")
                .run(context -> assertThat(context).hasNotFailed());
        webless.withPropertyValues("spring.main.cloud-platform=none")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @ParameterizedTest
    @CsvSource({
        "ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/x, Amazon ECS",
        "ECS_CONTAINER_METADATA_URI=http://169.254.170.2/v3/x, Amazon ECS",
        "K_REVISION=orders-00001, Cloud Run or Knative",
        "CONTAINER_APP_REVISION=orders--1, Azure Container Apps"
    })
    void platformsThatBootDoesNotKnowWantMembersOrAWordToo(String variable, String platform) {
        webless.withPropertyValues(variable)
                .run(context -> assertAnalysis(
                        context.getStartupFailure(),
                        Case.of("election.members", null, platform, "election.standalone=true")));
        webless.withPropertyValues(variable, "election.standalone=true")
                .run(context -> assertThat(context).hasNotFailed());
        webless.withPropertyValues(variable, "spring.main.cloud-platform=none")
                .run(context -> assertThat(context).hasNotFailed());
    }

    /** Nobody who wrote such a setting meant a member that stands alone. */
    @ParameterizedTest
    @CsvSource({
        "election.node-id, b, b",
        "election.peer.secret, a-secret-for-tests-only, ******",
        "election.peer.accepted-secrets, a-secret-for-tests-only, ******",
        "election.peer.port, 8090, 8090",
        "election.peer.ssl.bundle, peers, peers",
        "election.peer.ssl.client-bundle, peers, peers",
        "election.peer.trust-network, true, true"
    })
    void whatOnlyMembersNeedIsRefusedWithoutMembers(String property, String value, String shown) {
        webless.withPropertyValues(property + "=" + value)
                .run(context -> assertAnalysis(
                        context.getStartupFailure(),
                        Case.of(property, "'" + shown + "'", "election.members is not set", "List all members")));
        webless.withPropertyValues(property + "=" + value, "election.standalone=true")
                .run(context -> assertThat(context).hasNotFailed());
        webless.withPropertyValues(property + "=" + value, "election.enabled=false")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void standaloneThatIsFalseIsRefusedWithoutMembersAndAgreesWithAList() {
        webless.withPropertyValues("election.standalone=false")
                .run(context -> assertAnalysis(
                        context.getStartupFailure(),
                        Case.of(
                                "election.standalone",
                                "'false'",
                                "election.members is not set",
                                "List all members under election.members")));
        servlet.withPropertyValues(cluster("election.standalone=false"))
                .run(context -> assertThat(context).hasNotFailed());
    }

    /** As an unset variable leaves them: {@code ELECTION_NODE_ID=}. */
    @Test
    void settingsThatAreEmptyAreNone() {
        webless.withPropertyValues("election.node-id=", "election.peer.secret=", "election.standalone=")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void directoryThatIsAFileIsNamed() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        servlet.withPropertyValues(cluster("election.storage.directory=" + file))
                .run(context -> assertAnalysis(
                        context.getStartupFailure(),
                        Case.of("election.storage.directory", file.toString(), "cannot be opened", "local disk")));
    }

    @Test
    void directoryInUseIsNamed() throws IOException {
        try (FileJournal running = FileJournal.open(place("a"), "orders", "a")) {
            servlet.withPropertyValues(cluster())
                    .run(context -> assertAnalysis(
                            context.getStartupFailure(),
                            Case.of("election.storage.directory", directory.toString(), "in use", "election.node-id")));
            assertThat(running.state()).isNotNull();
        }
    }

    @Test
    void directoryOfAnotherMemberIsNamed() throws IOException {
        FileJournal.open(place("b"), "orders", "b").close();
        Files.move(place("b"), place("a"));
        servlet.withPropertyValues(cluster())
                .run(context -> assertAnalysis(
                        context.getStartupFailure(),
                        Case.of("election.storage.directory", directory.toString(), "'b'", "election.node-id=b")));
    }

    @Test
    void damagedDirectoryIsNamed() throws IOException {
        FileJournal.open(place("a"), "orders", "a").close();
        try (FileChannel channel = FileChannel.open(place("a").resolve("journal"), StandardOpenOption.WRITE)) {
            channel.write(java.nio.ByteBuffer.wrap("XXXXXXXX".getBytes()), 20);
        }
        servlet.withPropertyValues(cluster())
                .run(context -> assertAnalysis(
                        context.getStartupFailure(),
                        Case.of("election.storage.directory", directory.toString(), "damaged", "Check the disk")));
    }

    @Test
    void listThatDiffersFromTheMembersInForceStopsNoStart() throws IOException {
        String[] alone = cluster(
                "election.members[1].id=<absent>",
                "election.members[1].url=<absent>",
                "election.members[2].id=<absent>",
                "election.members[2].url=<absent>");
        servlet.withPropertyValues(alone).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBean(io.election.Leadership.class).await(java.time.Duration.ofSeconds(30)))
                    .isTrue();
        });
        servlet.withPropertyValues(cluster()).run(context -> {
            assertThat(context).hasNotFailed();
            ClusterMembers members = context.getBean(ClusterMembers.class);
            assertThat(members.members()).extracting(ClusterMembers.Member::id).containsExactly("a");
            assertThat(members.plan().steps())
                    .extracting(step -> step.action() + " " + step.member())
                    .containsExactly("PROMOTE b", "PROMOTE c");
        });
    }

    @Test
    void peerPortThatIsTakenIsNamed() throws IOException {
        try (ServerSocket taken = new ServerSocket(0)) {
            webless.withPropertyValues(cluster("election.peer.port=" + taken.getLocalPort()))
                    .run(context -> assertAnalysis(
                            context.getStartupFailure(),
                            Case.of(
                                    "election.peer.port",
                                    String.valueOf(taken.getLocalPort()),
                                    "cannot listen",
                                    "choose another port")));
        }
    }

    @Test
    void analysisIsShownInPlaceOfTheBinders(CapturedOutput output) {
        try {
            new SpringApplicationBuilder(Application.class)
                    .web(org.springframework.boot.WebApplicationType.NONE)
                    .run("--election.members=nonsense", "--spring.jmx.enabled=false");
        } catch (RuntimeException expected) {
            assertThat(output)
                    .contains("APPLICATION FAILED TO START")
                    .contains("'election.members' is 'nonsense'")
                    .contains("node-1=http://host-1:8080")
                    .contains("It is set in \"election.members\" from property source \"commandLineArgs\"")
                    .doesNotContain("Failed to bind");
            return;
        }
        throw new AssertionError("started");
    }

    private Path place(String member) {
        return directory.resolve("orders").resolve(member);
    }

    @EnableAutoConfiguration
    static class Application {}
}
