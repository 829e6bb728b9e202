package io.election.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.server.PathContainer;

class FencedPathTests {

    private static final PathContainer PATH = PathContainer.parsePath("/accounts/7");

    private final FencedPath anyMethod = new FencedPath("/accounts/{id}", Set.of(), "account-{id}", true);

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE", "MERGE"})
    void guardsWhateverMayWriteWhereNoMethodsAreNamed(String method) {
        assertThat(anyMethod.resource(method, PATH)).isEqualTo("account-7");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "OPTIONS", "TRACE"})
    void guardsNoSafeMethodWhereNoMethodsAreNamed(String method) {
        assertThat(anyMethod.resource(method, PATH)).isNull();
    }

    @Test
    void guardsTheNamedMethodsOnly() {
        FencedPath posts = new FencedPath("/accounts/{id}", Set.of("post"), "accounts", true);
        assertThat(posts.resource("POST", PATH)).isEqualTo("accounts");
        assertThat(posts.resource("DELETE", PATH)).isNull();
    }

    @Test
    void requiresATokenWhereItIsToldTo() {
        assertThat(anyMethod.tokenRequired()).isTrue();
        assertThat(new FencedPath("/accounts", Set.of(), "accounts", false).tokenRequired())
                .isFalse();
    }

    @Test
    void refusesAVariableThatThePathDoesNotHave() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FencedPath("/accounts/{id}", Set.of(), "account-{name}", true))
                .withMessage(
                        "resource 'account-{name}' uses the variable 'name', which the path '/accounts/{id}' does not have");
    }

    @Test
    void refusesANameThatNoResourceMayHave() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FencedPath("/accounts/{id}", Set.of(), "account {id}", true))
                .withMessage(
                        "resource must be visible ASCII characters without braces, but character 8 is U+0020: 'account x'");
    }
}
