package io.election.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class LackOfMemoryTests {

    private final OutOfMemoryError noMemory = new OutOfMemoryError("of this test");

    @Test
    void findsItHoweverItIsWrapped() {
        assertThat(LackOfMemory.in(noMemory)).isSameAs(noMemory);
        assertThat(LackOfMemory.in(new InternalError(noMemory))).isSameAs(noMemory);
        assertThat(LackOfMemory.in(new IOException(new IllegalStateException(noMemory))))
                .isSameAs(noMemory);
    }

    @Test
    void findsNothingElse() {
        assertThat(LackOfMemory.in(null)).isNull();
        assertThat(LackOfMemory.in(new StackOverflowError())).isNull();
        assertThat(LackOfMemory.in(new IllegalStateException(new IOException("the disk is full"))))
                .isNull();
    }

    @Test
    void endsOnCausesThatGoInACircle() {
        Exception one = new Exception("one");
        Exception other = new Exception("other", one);
        one.initCause(other);
        assertThat(LackOfMemory.in(one)).isNull();
    }
}
