package io.election.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.election.LeadershipLostException;
import io.election.NotLeaderException;
import io.election.test.OrdersApplication.InvoiceJob;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

// The README shows it, word for word.
@SpringBootTest
@AutoConfigureTestLeadership // (leading = true) elects it before each test method
class InvoiceJobTests {

    @Autowired
    TestLeadership leadership; // the Leadership of the application

    @Test
    void isDoneByTheLeaderOnly(@Autowired InvoiceJob job) {
        leadership.grant(); // comes back when LeaderElectedEvent has been delivered
        job.issueInvoices();
        leadership.revoke(); // and StepDownEvent; the next term and token are higher
        assertThatThrownBy(job::issueInvoices).isInstanceOf(NotLeaderException.class);
    }

    @Test
    void learnsOfALeaseThatRanOutMeanwhile() {
        leadership.grant();
        assertThatThrownBy(() -> leadership.runWhileLeading(token -> leadership.revoke()))
                .isInstanceOf(LeadershipLostException.class);
    }

    @Test
    void outlivesItsLeader() {
        try (ElectionCluster cluster =
                ElectionCluster.of(OrdersApplication.class).start()) {
            ElectionCluster.Member first = cluster.awaitLeader(); // of three real members in this JVM
            cluster.kill(first.id());
            assertThat(cluster.awaitLeader().id()).isNotEqualTo(first.id());
        }
    }
}
