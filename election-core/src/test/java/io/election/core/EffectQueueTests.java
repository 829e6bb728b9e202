package io.election.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.election.StepDownReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What leaves a member when: written first, shown first, held, released, dropped. */
class EffectQueueTests {

    private static final Input TICK = new Input.Tick();

    private final List<String> done = new ArrayList<>();
    private final EffectQueue queue = new EffectQueue(new Recorder(), 3);

    private final class Recorder implements EffectQueue.Sink {

        @Override
        public void publish(List<Effect> effects) {
            done.add("publish " + effects.size());
        }

        @Override
        public void write(Effect.Persist persist) {
            done.add("write " + persist.write());
        }

        @Override
        public void send(Effect.Send send) {
            done.add("send " + send.request().header().requestId());
        }

        @Override
        public void reply(Effect.Reply reply) {
            done.add("reply " + reply.exchange());
        }

        @Override
        public void dropped(Effect.Reply reply) {
            done.add("dropped reply " + reply.exchange());
        }

        @Override
        public void carryOut(Effect effect) {
            done.add(effect.getClass().getSimpleName());
        }
    }

    private static Header header(long requestId) {
        return new Header(Header.PROTOCOL, "orders", null, "a", "memory-a", false, "b", null, requestId);
    }

    private static Effect send(long requestId) {
        return new Effect.Send(new Request.Heartbeat(header(requestId), 1, Duration.ofSeconds(1), 0, null));
    }

    private static Effect reply(long exchange, long afterWrite) {
        return new Effect.Reply(
                exchange, new Response.Heartbeat(header(exchange), 1, null, new LogPosition(1, 1), null), afterWrite);
    }

    private static Effect write(long number) {
        return new Effect.Persist(number, List.of());
    }

    private List<String> step(Input input, Effect... effects) {
        done.clear();
        queue.step(input, List.of(effects));
        return List.copyOf(done);
    }

    @Test
    void showsAStepBeforeAnyOfItIsCarriedOut() {
        assertThat(step(TICK, reply(1, 0), new Effect.LeadershipEnded(4, StepDownReason.HIGHER_TERM), write(1)))
                .containsExactly("publish 3", "write 1", "reply 1", "LeadershipEnded");
    }

    /** The disk takes longest, so it begins while the messages are handed over. */
    @Test
    void beginsTheWritesOfAStepBeforeAnyMessageLeaves() {
        step(TICK, write(1), reply(1, 1));

        assertThat(step(new Input.Persisted(1), send(2), reply(3, 0), write(2), write(3)))
                .containsExactly("publish 4", "write 2", "write 3", "reply 1", "send 2", "reply 3");
    }

    @Test
    void showsAStepBeforeWhatItsWriteReleases() {
        step(TICK, write(1), reply(1, 1));

        assertThat(step(new Input.Persisted(1), new Effect.LeadershipEnded(4, StepDownReason.HIGHER_TERM)))
                .containsExactly("publish 1", "reply 1", "LeadershipEnded");
    }

    @Test
    void holdsAnAnswerUntilItsWriteIsDurable() {
        assertThat(step(TICK, write(1), reply(1, 1), send(7))).containsExactly("publish 3", "write 1", "send 7");
        assertThat(queue.held()).isOne();
        assertThat(step(TICK)).containsExactly("publish 0");

        assertThat(step(new Input.Persisted(1))).containsExactly("publish 0", "reply 1");
        assertThat(queue.held()).isZero();
        assertThat(queue.durableWrite()).isOne();
    }

    @Test
    void holdsAnAnswerThatNamesALaterWrite() {
        step(TICK, write(1), write(2), reply(1, 2));

        assertThat(step(new Input.Persisted(1))).containsExactly("publish 0");
        assertThat(step(new Input.Persisted(2))).containsExactly("publish 0", "reply 1");
    }

    @Test
    void releasesInTheOrderOfTheWritesAndThenOfTheAnswers() {
        step(TICK, write(1), write(2), reply(3, 2), reply(1, 1));
        step(TICK, reply(2, 1));

        assertThat(step(new Input.Persisted(2), reply(4, 2)))
                .containsExactly("publish 1", "reply 1", "reply 2", "reply 3", "reply 4");
    }

    @Test
    void anAnswerOfTheVeryStepThatItsWriteEndedDoesNotWait() {
        step(TICK, write(5));

        assertThat(step(new Input.Persisted(5), reply(1, 5), reply(2, 4)))
                .containsExactly("publish 2", "reply 1", "reply 2");
    }

    @Test
    void dropsWhatWaitsWhenAWriteFailsAndWritesNoMore() {
        step(TICK, write(1), reply(1, 1));

        assertThat(step(new Input.PersistFailed("full"), write(2), reply(2, 2), reply(3, 0)))
                .containsExactly("dropped reply 1", "publish 3", "dropped reply 2", "reply 3");
        assertThat(queue.held()).isZero();
        assertThat(queue.hasFailed()).isTrue();
        // A write that ends after all changes nothing for what was dropped.
        assertThat(step(new Input.Persisted(2), write(3))).containsExactly("publish 1");
    }

    @Test
    void dropsWhatIsBeyondTheLimitAndHoldsAgainAfterARelease() {
        assertThat(step(TICK, write(1), reply(1, 1), reply(2, 1), reply(3, 1), reply(4, 1), send(5)))
                .containsExactly("publish 6", "write 1", "dropped reply 4", "send 5");
        assertThat(queue.held()).isEqualTo(3);

        step(new Input.Persisted(1));

        assertThat(step(TICK, write(2), reply(6, 2))).containsExactly("publish 2", "write 2");
        assertThat(queue.held()).isOne();
    }

    @Test
    void neverTakesADurableWriteBack() {
        step(new Input.Persisted(3));

        assertThat(step(new Input.Persisted(2), reply(1, 3))).containsExactly("publish 1", "reply 1");
    }

    @Test
    void refusesANegativeLimit() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EffectQueue(new Recorder(), -1))
                .withMessage("maxHeld must not be negative, but is -1");
    }
}
