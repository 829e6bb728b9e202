package io.election.leaderonly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

import io.election.Leadership;
import io.election.LeadershipState;
import io.election.NotLeaderException;
import io.election.Role;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where a follower sends a request, without a server. */
class FollowerAnswerTests {

    private final Leadership leadership = mock(Leadership.class);
    private final FollowerAnswer.ClientRequest request = mock(FollowerAnswer.ClientRequest.class);
    private final NotLeaderException notLeader = new NotLeaderException("a", "b");
    private boolean leaderHeard = true;
    private final FollowerAnswer answer =
            new FollowerAnswer(leadership, true, () -> leaderHeard, Duration.ofSeconds(1));

    @BeforeEach
    void followB() {
        given(leadership.state())
                .willReturn(new LeadershipState(false, Role.FOLLOWER, 3, "b", "http://b.example:8080"));
        given(request.method()).willReturn("POST");
        given(request.path()).willReturn("/orders");
        given(request.contextPath()).willReturn("");
        given(request.host()).willReturn("a.example");
        given(request.port()).willReturn(8080);
        given(request.headers("X-Forwarded-Host")).willReturn(List.of());
        given(request.headers("Forwarded")).willReturn(List.of());
    }

    @Test
    void sendsToALeaderThatWasHeardOnly() {
        FollowerAnswer.Answer sent = answer.beforeTheHandler(request, notLeader);
        assertThat(sent.status()).isEqualTo(307);
        assertThat(sent.headers()).containsEntry("Location", "http://b.example:8080/orders");

        leaderHeard = false;
        FollowerAnswer.Answer refused = answer.beforeTheHandler(request, notLeader);
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.headers()).containsKey("Retry-After").doesNotContainKey("Location");
    }
}
