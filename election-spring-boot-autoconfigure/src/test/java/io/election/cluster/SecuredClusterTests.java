package io.election.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.cluster.TestCluster.Member;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three web services that have Spring Security and no rule of their own, so that each request needs a password. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
@Tag("cluster")
class SecuredClusterTests {

    private static final String PASSWORD = "a-password";

    @TempDir
    Path directory;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Test
    void membersReachEachOtherWithoutARuleAndNothingElseIsOpened() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, false, "a", "b", "c")
                .with("member.open", false)
                .with("spring.security.user.password", PASSWORD)
                .with("election.election-timeout", "3s")
                .with("election.lease-duration", "2500ms")
                .startAll()) {
            Member leader = cluster.leader();
            int port = cluster.serverPort(leader.id());

            for (String path : new String[] {
                "/hello",
                "/actuator/election",
                "/actuator/election/leader",
                "/actuator/election/follower",
                "/actuator/metrics",
                "/election",
                "/elections/whoami",
                "/hello/election/whoami",
                "/%65lection/whoami"
            }) {
                assertThat(status(port, path)).as(path).isEqualTo(401);
            }
            // Paths that only look like the members' lead to no handler of the application.
            for (String path : new String[] {
                "/election/../hello",
                "/election/%2e%2e/hello",
                "/election;/../hello",
                "/election/..;/hello",
                "//election/../hello"
            }) {
                assertThat(status(port, path)).as(path).isBetween(400, 499);
                assertThat(body(port, path)).as(path).doesNotContain("hello");
            }
            assertThat(body(port, "/election/presence"))
                    .as("the members' path answers strangers by itself, and asks for no password")
                    .doesNotContainIgnoringCase("www-authenticate");

            assertThat(asUser(port, "GET", "/hello")).isEqualTo(200);
            assertThat(asUser(port, "GET", "/actuator/election/leader")).isEqualTo(200);
            assertThat(asUser(port, "POST", "/actuator/election"))
                    .as("a password, but no token against forged requests")
                    .isIn(401, 403);
            assertThat(leader.leadership().isLeader()).isTrue();
        }
    }

    /** Sent as it is written: a client would shorten some of these paths. */
    private static String body(int port, String path) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            socket.getInputStream().transferTo(answer);
            return answer.toString(StandardCharsets.UTF_8);
        }
    }

    private static int status(int port, String path) throws Exception {
        String answer = body(port, path);
        assertThat(answer).as(path).startsWith("HTTP/1.1 ");
        return Integer.parseInt(answer.substring("HTTP/1.1 ".length()).substring(0, 3));
    }

    private int asUser(int port, String method, String path) throws Exception {
        String credentials = Base64.getEncoder().encodeToString(("user:" + PASSWORD).getBytes(StandardCharsets.UTF_8));
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("Authorization", "Basic " + credentials)
                .header("Content-Type", "application/json")
                .method(
                        method,
                        method.equals("GET")
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString("{\"action\":\"step-down\"}"))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }
}
