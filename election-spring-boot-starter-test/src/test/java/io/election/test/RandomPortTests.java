package io.election.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.FencingToken;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

/** A test with a real web server on a random port, which the real member would refuse. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@AutoConfigureTestLeadership(leading = true)
class RandomPortTests {

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @LocalServerPort
    int port;

    @Test
    void servesTheApplicationAndNoPeers(@Autowired TestLeadership leadership) throws Exception {
        FencingToken token = leadership.fencingToken();
        assertThat(post("/orders").body()).isEqualTo("placed under " + token);
        leadership.revoke();
        assertThat(post("/orders").statusCode()).isEqualTo(503);
        assertThat(post("/election/vote").statusCode()).isEqualTo(404);
    }

    private HttpResponse<String> post(String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
