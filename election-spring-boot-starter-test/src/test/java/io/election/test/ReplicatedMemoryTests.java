package io.election.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.election.FencingToken;
import io.election.ReplicatedStore;
import io.election.ReplicatedValue;
import io.election.StoredValue;
import io.election.WriteResult;
import io.election.WriteResult.Reason;
import io.election.Writers;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

/** The replicated store in the test of an application: whoever the test lets lead writes to it, and nothing has to be waited for. */
@SpringBootTest(
        classes = OrdersApplication.class,
        properties = {"election.store.enabled=true", "election.store.max-value-size=100B"})
@AutoConfigureTestLeadership
class ReplicatedMemoryTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Autowired
    private TestLeadership leadership;

    @Autowired
    private ReplicatedStore store;

    private static <T> T ended(CompletionStage<T> stage) {
        return stage.toCompletableFuture()
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    private static Reason refused(WriteResult<?> result) {
        assertThat(result).isInstanceOf(WriteResult.NotApplied.class);
        return ((WriteResult.NotApplied<?>) result).reason();
    }

    @Test
    void theLeaderWritesAndASuccessorGoesOn() {
        ReplicatedValue<Integer> step = store.value("successor/step", Integer.class);
        assertThat(refused(ended(step.set(1)))).isEqualTo(Reason.NOT_LEADER);
        leadership.grant();
        FencingToken old = leadership.fencingToken();
        long version = ended(step.set(1)).orElseThrow();

        leadership.grantTo("node-2");
        assertThat(refused(ended(step.set(9, old)))).isEqualTo(Reason.STALE_TOKEN);
        leadership.grant();
        assertThat(step.get().value()).isEqualTo(1);
        assertThat(ended(step.compareAndSet(version, 2)).wasApplied()).isTrue();
        assertThat(refused(ended(step.compareAndSet(version, 3)))).isEqualTo(Reason.CONFLICT);
        StoredValue<Integer> read = ended(step.read(PATIENCE));
        assertThat(read.value()).isEqualTo(2);
        assertThat(FencingToken.of(read.generation(), leadership.term())).isEqualTo(leadership.fencingToken());
    }

    @Test
    void anyMemberWritesWhileAnotherOneLeads() {
        leadership.grantTo("node-2");
        ReplicatedValue<String> flag = store.value("flag", String.class, Writers.ANY_MEMBER);
        long version = ended(flag.set("on")).orElseThrow();
        assertThat(ended(flag.get(version, PATIENCE)).value()).isEqualTo("on");
    }

    @Test
    void limitsHoldAsInProduction() {
        leadership.grant();
        assertThat(refused(ended(store.value("large", byte[].class).set(new byte[101]))))
                .isEqualTo(Reason.TOO_LARGE);
    }
}
