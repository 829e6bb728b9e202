package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.FreePorts;
import io.election.LeaderElectedEvent;
import io.election.Leadership;
import io.election.StepDownEvent;
import io.election.actuate.ElectionDescriptor;
import io.election.actuate.ElectionEndpoint;
import io.election.actuate.ElectionHealthIndicator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.health.contributor.Health;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Several applications in this JVM, talking to each other over loopback: web services that share their server's port with
 * their peers or have a second one for them, or bare members with nothing but the port for their peers. Each directed path
 * between two of them is a {@link TcpLink} that a test can cut.
 */
final class TestCluster implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    static final String SECRET = "a-secret-for-tests-only-0123456789";

    private final Path directory;
    private final List<String> ids;
    private final Map<String, Integer> serverPorts = new TreeMap<>();
    private final Map<String, Integer> peerPorts = new TreeMap<>();
    private final Map<String, TcpLink> links = new TreeMap<>();
    /** A machine that stands still for a second or two is no reason for an election that no test asked for. */
    private final Map<String, Object> properties =
            new LinkedHashMap<>(Map.of("election.election-timeout", "3s", "election.lease-duration", "2500ms"));

    private final Map<String, Member> running = new TreeMap<>();
    private final Class<? extends MemberApplication> application;
    private final boolean web;
    private final boolean ownPeerPorts;

    /** Web services. */
    TestCluster(Path directory, boolean ownPeerPorts, String... ids) throws IOException {
        this(ClusterMember.class, directory, true, ownPeerPorts, ids);
    }

    /** Applications without a web server, which start quickly. */
    static TestCluster bare(Path directory, String... ids) throws IOException {
        return bare(BareMember.class, directory, ids);
    }

    /** The same, of another application. */
    static TestCluster bare(Class<? extends MemberApplication> application, Path directory, String... ids)
            throws IOException {
        return new TestCluster(application, directory, false, true, ids);
    }

    /** Web services of another application. */
    static TestCluster web(Class<? extends MemberApplication> application, Path directory, String... ids)
            throws IOException {
        return new TestCluster(application, directory, true, false, ids);
    }

    /** The same, with ports of their own for their peers. */
    static TestCluster webWithPeerPorts(Class<? extends MemberApplication> application, Path directory, String... ids)
            throws IOException {
        return new TestCluster(application, directory, true, true, ids);
    }

    private TestCluster(
            Class<? extends MemberApplication> application,
            Path directory,
            boolean web,
            boolean ownPeerPorts,
            String... ids)
            throws IOException {
        this.application = application;
        this.directory = directory;
        this.web = web;
        this.ownPeerPorts = ownPeerPorts;
        this.ids = List.of(ids);
        for (String id : ids) {
            serverPorts.put(id, FreePorts.next());
            peerPorts.put(id, ownPeerPorts ? FreePorts.next() : serverPorts.get(id));
        }
        for (String from : ids) {
            for (String to : ids) {
                if (!from.equals(to)) {
                    links.put(from + ">" + to, new TcpLink(peerPorts.get(to)));
                }
            }
        }
    }

    TestCluster with(String property, Object value) {
        properties.put(property, value);
        return this;
    }

    int serverPort(String id) {
        return serverPorts.get(id);
    }

    int peerPort(String id) {
        return peerPorts.get(id);
    }

    TcpLink link(String from, String to) {
        return links.get(from + ">" + to);
    }

    /** One member reaches another one no longer, also not at the addresses that others know of. */
    void cut(String from, String to) {
        links.forEach((path, link) -> {
            if (path.equals(from + ">" + to)) {
                link.cut();
            } else if (path.endsWith(">" + to)) {
                link.refuse(from, to);
            }
        });
    }

    void cutOff(String id) {
        links.forEach((path, link) -> {
            if (path.startsWith(id + ">") || path.endsWith(">" + id)) {
                link.cut();
            }
        });
    }

    /** The network between the members is so slow, in each direction. */
    void delay(Duration delay) {
        links.values().forEach(link -> link.delay(delay));
    }

    void heal() {
        links.values().forEach(TcpLink::heal);
    }

    TestCluster startAll() {
        // One after the other: Boot's logging cannot be set up twice at a time in one JVM.
        ids.stream().filter(id -> !running.containsKey(id)).forEach(this::start);
        assertThat(running).as("members that started").hasSize(ids.size());
        return this;
    }

    Member start(String id) {
        return start(id, Map.of());
    }

    /** Starts a member whose configuration differs in some properties. */
    Member start(String id, Map<String, Object> own) {
        Member member = startBeside(id, own);
        running.put(id, member);
        return member;
    }

    /** Starts a process that runs as a member, whether one does already; the caller closes it. */
    Member startBeside(String id, Map<String, Object> own) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("server.port", serverPorts.get(id));
        all.put("server.address", "127.0.0.1");
        all.put("spring.application.name", "cluster-test");
        all.put("spring.jmx.enabled", false);
        all.put("spring.main.banner-mode", "off");
        all.put("spring.main.register-shutdown-hook", false);
        all.put("management.endpoints.web.exposure.include", "election,health,metrics");
        all.put("management.endpoint.election.access", "unrestricted");
        all.put("management.endpoint.health.show-details", "always");
        all.put("election.node-id", id);
        all.put("election.storage.directory", directory.toString());
        all.put("election.peer.secret", SECRET);
        // The links, which differ from member to member, are the only ways.
        all.put("election.peer.announced", false);
        if (ownPeerPorts) {
            all.put("election.peer.port", peerPorts.get(id));
        }
        for (int i = 0; i < ids.size(); i++) {
            String other = ids.get(i);
            int port = other.equals(id) ? peerPorts.get(id) : link(id, other).port();
            all.put("election.members[" + i + "].id", other);
            all.put("election.members[" + i + "].url", "http://127.0.0.1:" + port);
            all.put("election.members[" + i + "].app-url", "http://127.0.0.1:" + serverPorts.get(other));
        }
        all.putAll(properties);
        all.putAll(own);
        String[] arguments = all.entrySet().stream()
                .map(e -> "--" + e.getKey() + "=" + e.getValue())
                .toArray(String[]::new);
        ConfigurableApplicationContext context = new SpringApplicationBuilder(application)
                .web(web ? WebApplicationType.SERVLET : WebApplicationType.NONE)
                .run(arguments);
        return new Member(
                id,
                context,
                context.getBean(Leadership.class),
                context.getBean(ElectionEndpoint.class),
                context.getBean(MemberApplication.class));
    }

    /** What the endpoint of a member answers to a question, which has to succeed. */
    JsonNode get(Member member, String path) throws IOException, InterruptedException {
        return ask(endpoint(member, path), 200);
    }

    /** What the endpoint of a member answers to a body, in which ' stands for ". */
    JsonNode post(Member member, String path, String body, int expectedStatus)
            throws IOException, InterruptedException {
        return ask(
                endpoint(member, path)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body.replace('\'', '"'))),
                expectedStatus);
    }

    private HttpRequest.Builder endpoint(Member member, String path) {
        return HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + serverPort(member.id()) + "/actuator/election/" + path));
    }

    private JsonNode ask(HttpRequest.Builder request, int expectedStatus) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(expectedStatus);
        return JSON.readTree(response.body());
    }

    Member member(String id) {
        return running.get(id);
    }

    List<Member> members() {
        return List.copyOf(running.values());
    }

    void stop(String id) {
        Member member = running.remove(id);
        member.context().close();
    }

    void stopAll() {
        List.copyOf(running.keySet()).forEach(this::stop);
    }

    /** Waits for the one leader whom all running members know. */
    Member leader() {
        await().atMost(PATIENCE)
                .until(() -> members().stream()
                                        .filter(m -> m.leadership().isLeader())
                                        .count()
                                == 1
                        && members().stream()
                                        .map(m -> String.valueOf(
                                                m.leadership().state().leaderId()))
                                        .distinct()
                                        .count()
                                == 1
                        && members().stream()
                                .noneMatch(m -> m.leadership().state().leaderId() == null));
        return members().stream()
                .filter(m -> m.leadership().isLeader())
                .findFirst()
                .orElseGet(this::leader);
    }

    /**
     * Waits for the id that all running members know: one of them may know the leader before it has what the leader
     * founded.
     */
    String clusterId() {
        return await().atMost(PATIENCE)
                .until(
                        () -> members().stream()
                                .map(m -> String.valueOf(m.status().clusterId()))
                                .distinct()
                                .toList(),
                        ids -> ids.size() == 1 && !ids.contains("null"))
                .get(0);
    }

    /** Waits until one of the members named leads. */
    Member leaderAmong(List<Member> some) {
        await().atMost(PATIENCE)
                .until(() -> some.stream().anyMatch(m -> m.leadership().isLeader()));
        return some.stream().filter(m -> m.leadership().isLeader()).findFirst().orElseGet(() -> leaderAmong(some));
    }

    List<Member> others(Member than) {
        return members().stream().filter(m -> !m.id().equals(than.id())).toList();
    }

    @Override
    public void close() {
        // All at once: the last ones cannot hand over to anybody.
        running.values().forEach(m -> {
            m.application().listenerReleased.countDown();
            m.application().released.countDown();
        });
        stopAll();
        links.values().forEach(link -> {
            try {
                link.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** One application; what it said and how it stood can be read after its end too. */
    record Member(
            String id,
            ConfigurableApplicationContext context,
            Leadership leadership,
            ElectionEndpoint endpoint,
            MemberApplication application) {

        Health health() {
            return context.getBean(ElectionHealthIndicator.class).health();
        }

        /** Another member as this one sees it. */
        ElectionDescriptor.Member sees(String other) {
            return status().members().stream()
                    .filter(member -> member.id().equals(other))
                    .findFirst()
                    .orElseThrow();
        }

        ElectionDescriptor status() {
            return endpoint.election();
        }

        /** Elections and step-downs as delivered, each as {@code +term} or {@code -term}. */
        List<String> leaderships() {
            return application().events.stream()
                    .filter(e -> e instanceof LeaderElectedEvent || e instanceof StepDownEvent)
                    .map(e -> e instanceof LeaderElectedEvent elected
                            ? "+" + elected.term()
                            : "-" + ((StepDownEvent) e).term())
                    .toList();
        }
    }
}
