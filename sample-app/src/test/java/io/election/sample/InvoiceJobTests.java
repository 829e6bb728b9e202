package io.election.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.election.FencingToken;
import io.election.fencing.StaleFencingTokenException;
import io.election.test.AutoConfigureTestLeadership;
import io.election.test.TestLeadership;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

/** How a service tests what only its leader does: the test grants and revokes the leadership, and contacts no member. */
@SpringBootTest(
        properties = {
            "spring.datasource.url=jdbc:h2:mem:ledger;DB_CLOSE_DELAY=-1",
            "election.node-id=a",
            // Due once, at the start, where nobody leads; from then on the test calls.
            "sample.interval=1d",
            "sample.import-interval=1d"
        })
@AutoConfigureTestLeadership
class InvoiceJobTests {

    @Autowired
    private TestLeadership leadership;

    @Autowired
    private InvoiceJob job;

    @Autowired
    private Ledger ledger;

    @Test
    void writesUnderTheTokenOfItsLeadership() {
        leadership.grant();
        FencingToken token = leadership.fencingToken();
        job.issue();
        assertThat(ledger.latest(1)).singleElement().satisfies(line -> {
            assertThat(line.token()).isEqualTo(token.value());
            assertThat(line.member()).isEqualTo("a");
        });
    }

    @Test
    void theFenceRefusesALeaderOfThePast() {
        leadership.grant();
        FencingToken old = leadership.fencingToken();
        leadership.revoke();
        leadership.grant();
        job.issue();
        int lines = ledger.latest(100).size();
        assertThatThrownBy(() -> ledger.append(old, "a", "too late")).isInstanceOf(StaleFencingTokenException.class);
        assertThat(ledger.latest(100)).hasSize(lines);
    }
}
