package io.election.fencing.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.resource;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.context.annotation.ImportRuntimeHints;

/** A native image keeps a resource only if a hint says so. */
class FenceSchemaHintsTests {

    @ParameterizedTest
    @ValueSource(strings = {"h2", "mariadb", "mysql", "postgresql"})
    void theScriptsThatCreateTheTableAreKept(String platform) throws ReflectiveOperationException {
        RuntimeHints hints = new RuntimeHints();
        JdbcFenceAutoConfiguration.class
                .getAnnotation(ImportRuntimeHints.class)
                .value()[0]
                .getDeclaredConstructor()
                .newInstance()
                .registerHints(hints, getClass().getClassLoader());
        String script = "io/election/fencing/schema-" + platform + ".sql";
        assertThat(getClass().getClassLoader().getResource(script)).isNotNull();
        assertThat(resource().forResource(script)).accepts(hints);
    }
}
