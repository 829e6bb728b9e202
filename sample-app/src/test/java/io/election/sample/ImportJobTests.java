package io.election.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.election.NotLeaderException;
import io.election.test.AutoConfigureTestLeadership;
import io.election.test.TestLeadership;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

/** How a service tests what its leader keeps in the replicated store. */
@SpringBootTest(
        properties = {
            "spring.datasource.url=jdbc:h2:mem:import;DB_CLOSE_DELAY=-1",
            "election.node-id=a",
            // Due once, at the start, where nobody leads; from then on the test calls.
            "sample.interval=1d",
            "sample.import-interval=1d"
        })
@AutoConfigureTestLeadership
class ImportJobTests {

    @Autowired
    private TestLeadership leadership;

    @Autowired
    private ImportJob job;

    @Test
    void aSuccessorGoesOnBehindTheLastStep() {
        leadership.grant();
        job.importNext();
        job.importNext();
        leadership.grantTo("b");
        assertThatThrownBy(job::importNext).isInstanceOf(NotLeaderException.class);
        leadership.grant();
        job.importNext();
        ImportJob.Progress done =
                job.progress(Duration.ofMinutes(1)).toCompletableFuture().join().value();
        assertThat(done).isNotNull();
        assertThat(done.lastStep()).isEqualTo(3);
        assertThat(done.total()).isEqualTo(1 + 2 + 3);
        assertThat(done.stepsOf()).containsOnlyKeys("a").containsValue(3L);
    }
}
