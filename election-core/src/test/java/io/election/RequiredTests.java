package io.election;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.opentest4j.TestAbortedException;

@ResourceLock(Resources.SYSTEM_PROPERTIES)
class RequiredTests {

    private static final String PROPERTY = "election.tests.require";

    private final @Nullable String before = System.getProperty(PROPERTY);

    @BeforeEach
    void requireTwo() {
        System.setProperty(PROPERTY, "disks,networks");
    }

    @AfterEach
    void restore() {
        if (before == null) {
            System.clearProperty(PROPERTY);
        } else {
            System.setProperty(PROPERTY, before);
        }
    }

    @Test
    void failsWhereItIsRequired() {
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> Required.orSkip("networks", false, "there is no network"))
                .withMessageContaining("there is no network")
                .withMessageContaining("-Delection.tests.require names networks");
    }

    @Test
    void skipsWhereItIsNot() {
        assertThatExceptionOfType(TestAbortedException.class)
                .isThrownBy(() -> Required.orSkip("network", false, "there is no network"));
    }

    @Test
    void goesOnWhereItIsThere() {
        assertThatNoException().isThrownBy(() -> Required.orSkip("networks", true, "there is no network"));
    }
}
