package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.election.leaderonly.LeaderBound;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.logging.LoggingSystemProperty;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.Lifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Boot's structured logging shows the facts of each sentence as key-value pairs. */
@Isolated("changes the format of the JVM's log")
@ExtendWith(OutputCaptureExtension.class)
class StructuredLoggingTests {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({ElectionAutoConfiguration.class, LeaderOnlyAutoConfiguration.class})
    static class Application {

        @Bean
        LeaderBound feed() {
            return LeaderBound.of("the price feed", FailingFeed::new);
        }
    }

    static class FailingFeed implements Lifecycle {

        @Override
        public void start() {
            throw new IllegalStateException("no route to the exchange");
        }

        @Override
        public void stop() {}

        @Override
        public boolean isRunning() {
            return false;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Nothing {}

    private static ConfigurableApplicationContext run(Class<?> application, String... arguments) {
        return new SpringApplicationBuilder(application)
                .web(WebApplicationType.NONE)
                .run(arguments);
    }

    /** An application of another test that is not closed yet would keep its format for the whole JVM. */
    @BeforeEach
    void forgetTheFormat() {
        LoggingSystem.get(StructuredLoggingTests.class.getClassLoader()).cleanUp();
    }

    /** Boot keeps the format in a system property, which would outlive this test. */
    @AfterEach
    void restoreTheFormat() {
        forgetTheFormat();
        System.clearProperty(LoggingSystemProperty.CONSOLE_STRUCTURED_FORMAT.getEnvironmentVariableName());
        run(Nothing.class).close();
    }

    private static Optional<JsonNode> line(CapturedOutput output, String sentence) {
        return output.getOut()
                .lines()
                .filter(line -> line.startsWith("{") && line.contains(sentence))
                .map(JSON::readTree)
                .findFirst();
    }

    @Test
    void showsWhoSpeaksAndOfWhat(CapturedOutput output) {
        try (ConfigurableApplicationContext context = run(
                Application.class,
                "--logging.structured.format.console=ecs",
                "--election.cluster=orders",
                "--election.standalone=true")) {
            JsonNode alone = line(output, "stands alone").orElseThrow();
            assertThat(alone.at("/log/level").asString()).isEqualTo("INFO");
            assertThat(alone.at("/election/cluster").asString()).isEqualTo("orders");
            assertThat(alone.at("/election/node").asString()).isEqualTo("local");

            await().atMost(PATIENCE)
                    .until(() -> line(output, "could not be started").isPresent());
            JsonNode failed = line(output, "could not be started").orElseThrow();
            assertThat(failed.get("message").asString()).startsWith("the price feed (feed) could not be started.");
            assertThat(failed.at("/election/component").asString()).isEqualTo("the price feed (feed)");
            assertThat(failed.at("/election/term").asLong()).isPositive();
            assertThat(failed.at("/error/message").asString()).isEqualTo("no route to the exchange");
        }
    }
}
