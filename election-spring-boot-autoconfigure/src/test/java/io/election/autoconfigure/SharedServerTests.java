package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.election.FreePorts;
import io.election.node.ElectionNode;
import io.election.peer.HttpPeerTransport;
import io.election.peer.PeerIdentity;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;

/** Peers reach a member through the application's own Tomcat, whatever the application makes of its requests. */
@ExtendWith(OutputCaptureExtension.class)
class SharedServerTests {

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private int port;

    private ConfigurableApplicationContext start(String path, String... settings) throws Exception {
        port = FreePorts.next();
        List<String> arguments = new ArrayList<>(List.of(
                "--server.port=" + port,
                "--server.address=127.0.0.1",
                "--spring.jmx.enabled=false",
                "--spring.main.banner-mode=off",
                "--spring.application.name=orders",
                "--spring.security.user.password=a-password",
                "--election.node-id=a",
                "--election.storage.directory=" + directory,
                "--election.peer.secret=a-secret-for-tests-only",
                "--election.members=a=http://127.0.0.1:" + port + path + ",b=http://127.0.0.1:1,c=http://127.0.0.1:2"));
        for (String setting : settings) {
            arguments.add("--" + setting);
        }
        return new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.SERVLET)
                .run(arguments.toArray(String[]::new));
    }

    private static PeerIdentity whoIsAt(ConfigurableApplicationContext context, String url) throws Exception {
        HttpPeerTransport transport = context.getBean(HttpPeerTransport.class);
        // Few questions are asked at a time, and the member's own, at its start, is one of them.
        return Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(
                        () -> transport.identify(URI.create(url)).get(30, TimeUnit.SECONDS),
                        answer -> !(answer instanceof PeerIdentity.Nobody nobody)
                                || !nobody.detail().startsWith("too many"));
    }

    /** Spring Security is here too, with Boot's own rules: everything that is not for peers wants a password. */
    private HttpResponse<String> getAsUser(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header(
                        "Authorization",
                        "Basic "
                                + Base64.getEncoder()
                                        .encodeToString("user:a-password".getBytes(StandardCharsets.UTF_8)));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(int at, String path) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + at + path))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** Each of these settings changes what happens to a request. That they do is shown too, or nothing would have been tested. */
    @Test
    void memberFindsItselfWhateverTheApplicationSetsForItsRequests() throws Exception {
        try (ConfigurableApplicationContext context = start(
                "",
                "server.forward-headers-strategy=framework",
                "spring.jackson.property-naming-strategy=SNAKE_CASE",
                "spring.jackson.default-property-inclusion=non_null",
                "spring.jackson.deserialization.fail-on-unknown-properties=true",
                "spring.jackson.mapper.accept-case-insensitive-enums=true",
                "spring.threads.virtual.enabled=true",
                "management.endpoints.web.base-path=/",
                "election.peer.path=/internal/election")) {
            assertThat(whoIsAt(context, "http://127.0.0.1:" + port)).isEqualTo(new PeerIdentity.Self());
            assertThat(get(port, "/hello").statusCode())
                    .as("what is not for peers meets the application's rules")
                    .isEqualTo(401);

            assertThat(getAsUser("/url", "X-Forwarded-Host", "shop.example").body())
                    .isEqualTo("http://shop.example/url");
            assertThat(getAsUser("/order").body()).isEqualTo("{\"order_number\":1}");
            JsonMapper json = context.getBean(JsonMapper.class);
            assertThatExceptionOfType(UnrecognizedPropertyException.class)
                    .isThrownBy(() -> json.readValue("{\"order_number\":1,\"more\":1}", Order.class));
            assertThat(json.readValue("\"monday\"", DayOfWeek.class)).isEqualTo(DayOfWeek.MONDAY);
            if (Runtime.version().feature() >= 21) {
                assertThat(getAsUser("/thread").body()).startsWith("VirtualThread");
            }
            assertThat(getAsUser("/health").statusCode()).isEqualTo(200);
            assertThat(get(port, "/internal/election/whoami").headers().firstValue("WWW-Authenticate"))
                    .as("the election refuses strangers here")
                    .isEmpty();
            assertThat(get(port, "/election/whoami").headers().firstValue("WWW-Authenticate"))
                    .as("and the application there")
                    .isPresent();
        }
    }

    @Test
    void memberFindsItselfBesideAServletWithAPathAndBeansThatAreMadeLate() throws Exception {
        try (ConfigurableApplicationContext context = start(
                "",
                "spring.mvc.servlet.path=/api",
                "spring.mvc.apiversion.required=true",
                "spring.mvc.apiversion.supported=1",
                "spring.mvc.apiversion.use.header=X-Version",
                "spring.main.lazy-initialization=true")) {
            assertThat(whoIsAt(context, "http://127.0.0.1:" + port)).isEqualTo(new PeerIdentity.Self());
            assertThat(get(port, "/api/hello").statusCode())
                    .as("what is not for peers meets the application's rules")
                    .isEqualTo(401);

            assertThat(getAsUser("/api/hello", "X-Version", "1").body()).isEqualTo("hello");
            assertThat(getAsUser("/api/hello").body())
                    .as("without the version that is required")
                    .isEqualTo("advice");
            assertThat(context.getBeanFactory()
                            .getBeanDefinition("sharedServerTests.Application")
                            .isLazyInit())
                    .isTrue();
        }
    }

    @Test
    void contextPathIsAPrefixInTheUrl() throws Exception {
        try (ConfigurableApplicationContext context = start("/shop", "server.servlet.context-path=/shop")) {
            assertThat(whoIsAt(context, "http://127.0.0.1:" + port + "/shop")).isEqualTo(new PeerIdentity.Self());
            assertThat(whoIsAt(context, "http://127.0.0.1:" + port)).isNotEqualTo(new PeerIdentity.Self());
        }
    }

    @Test
    void strangersAreRefusedByTheElectionNotByTheApplication() throws Exception {
        try (ConfigurableApplicationContext context = start("")) {
            HttpResponse<String> answer = get(port, "/election/whoami");
            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(answer.headers().firstValue("WWW-Authenticate")).isEmpty();
            assertThat(answer.body()).doesNotContain("advice");
            assertThat(context.getBean(ElectionNode.class).status().term()).isZero();
        }
    }

    @Test
    void managementPortHasNoPeerEndpoint() throws Exception {
        int management = FreePorts.next();
        try (ConfigurableApplicationContext context = start("", "management.server.port=" + management)) {
            assertThat(whoIsAt(context, "http://127.0.0.1:" + port)).isEqualTo(new PeerIdentity.Self());
            assertThat(whoIsAt(context, "http://127.0.0.1:" + management))
                    .isInstanceOf(PeerIdentity.SomethingElse.class);
        }
    }

    @Test
    void portOfTheirOwnTakesThePeersOffTheApplicationsServer() throws Exception {
        int own = FreePorts.next();
        try (ConfigurableApplicationContext context = start("", "election.peer.port=" + own)) {
            assertThat(whoIsAt(context, "http://127.0.0.1:" + own)).isEqualTo(new PeerIdentity.Self());
            assertThat(whoIsAt(context, "http://127.0.0.1:" + port)).isInstanceOf(PeerIdentity.SomethingElse.class);
        }
    }

    @Test
    void anAccessLogCanLeaveThePeersRequestsOut() throws Exception {
        assertThat(accessLog("left-out", "server.tomcat.accesslog.condition-unless=election.peer"))
                .as("a stranger's request stays")
                .containsExactly("GET /election/whoami 401", "GET /hello 401");
        assertThat(accessLog("complete"))
                .contains("GET /election/whoami 200", "GET /election/whoami 401", "GET /hello 401");
    }

    /** What Tomcat logs of an application that is asked who it is, by itself and by a stranger, and at last for a page. */
    private List<String> accessLog(String name, String... settings) throws Exception {
        Path log = directory.resolve(name);
        List<String> all = new ArrayList<>(List.of(settings));
        all.addAll(List.of(
                "server.tomcat.accesslog.enabled=true",
                "server.tomcat.accesslog.directory=" + log,
                "server.tomcat.accesslog.rotate=false",
                "server.tomcat.accesslog.buffered=false",
                "server.tomcat.accesslog.pattern=%m %U %s"));
        try (ConfigurableApplicationContext context = start("", all.toArray(String[]::new))) {
            assertThat(whoIsAt(context, "http://127.0.0.1:" + port)).isEqualTo(new PeerIdentity.Self());
            assertThat(get(port, "/election/whoami").statusCode()).isEqualTo(401);
            assertThat(get(port, "/hello").statusCode()).isEqualTo(401);
            return Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(
                            () -> Files.exists(log.resolve("access_log.log"))
                                    ? Files.readAllLines(log.resolve("access_log.log"))
                                    : List.<String>of(),
                            lines -> lines.contains("GET /hello 401"));
        }
    }

    @Test
    void saysSoIfSomethingElseAnswersAtItsOwnUrl(CapturedOutput output) throws Exception {
        try (ConfigurableApplicationContext context = start("/wrong")) {
            assertThat(context.isRunning()).isTrue();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> output.getAll().contains("Something that is not a member of this cluster answers at"));
        }
    }

    record Order(int orderNumber, @Nullable String note) {}

    @EnableAutoConfiguration
    @RestController
    static class Application {

        @GetMapping("/hello")
        String hello() {
            return "hello";
        }

        @GetMapping("/url")
        String url(HttpServletRequest request) {
            return request.getRequestURL().toString();
        }

        @GetMapping("/order")
        Order order() {
            return new Order(1, null);
        }

        @GetMapping("/thread")
        String thread() {
            return Thread.currentThread().toString();
        }

        @RestControllerAdvice
        static class Advice {

            @ExceptionHandler(Exception.class)
            String anything(Exception failure) {
                return "advice";
            }
        }
    }
}
