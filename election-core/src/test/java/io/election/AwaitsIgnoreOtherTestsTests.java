package io.election;

import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Under Maven, where the extension is looked for. */
@EnabledIfSystemProperty(named = "junit.jupiter.extensions.autodetection.enabled", matches = "true")
class AwaitsIgnoreOtherTestsTests {

    @Test
    void anAwaitDoesNotFailForAThreadOfAnotherTest() {
        Thread other = new Thread(() -> {
            throw new IllegalStateException("of another test");
        });
        assertThatNoException()
                .isThrownBy(() -> await().until(() -> {
                    if (other.getState() == Thread.State.NEW) {
                        other.start();
                    }
                    return other.getState() == Thread.State.TERMINATED;
                }));
    }
}
