package io.election.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.election.FencingToken;
import org.junit.jupiter.api.Test;

class MemoryFenceTests extends FenceContract {

    private final Fence fence = new MemoryFence();

    @Override
    void guard(String resource, FencingToken token) {
        fence.guard(resource, token);
    }

    @Override
    int rounds() {
        return 200;
    }

    @Test
    void tellsTheHighestTokenOfEachResource() {
        assertThat(fence.highestToken("orders")).isEmpty();
        guard("orders", new FencingToken(7));
        guard("orders", new FencingToken(9));
        guard("invoices", new FencingToken(8));
        assertThat(fence.highestToken("orders")).contains(new FencingToken(9));
        assertThatIllegalArgumentException().isThrownBy(() -> fence.highestToken("a b"));
    }

    @Test
    void aFenceThatDoesNotTellSaysSo() {
        Fence silent = (resource, token) -> {};
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> silent.highestToken("orders"))
                .withMessageEndingWith("does not tell the highest token");
    }

    @Test
    void aRefusalNamesThePlaceOfTheWrongCharacterAndTheBeginningOfTheName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> guard("a b", new FencingToken(1)))
                .withMessage(
                        "resource must be visible ASCII characters without braces, but character 2 is U+0020: 'a b'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> guard("x".repeat(256), new FencingToken(1)))
                .withMessage("resource must have 1 to 255 characters, but has 256: '" + "x".repeat(40) + "'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> guard("", new FencingToken(1)))
                .withMessage("resource must have 1 to 255 characters, but has 0");
    }
}
