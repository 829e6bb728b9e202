package io.election.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.election.Leadership;
import io.election.node.ElectionNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.logging.logback.StructuredLogEncoder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.Environment;
import org.springframework.core.env.StandardEnvironment;

/** What Boot's structured logging makes of the lines of a member. */
class EngineStructuredLoggingTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Logger logger = (Logger) LoggerFactory.getLogger(ElectionNode.class);
    private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            events.add(event);
        }
    };

    @BeforeEach
    void listen() {
        appender.start();
        logger.addAppender(appender);
    }

    @AfterEach
    void listenNoMore() {
        logger.detachAppender(appender);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ecs", "logstash", "gelf"})
    void showsTheFactsBesideTheSentence(String format) {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ElectionAutoConfiguration.class))
                .withPropertyValues("election.cluster=structured")
                .run(context -> {
                    Leadership leadership = context.getBean(Leadership.class);
                    assertThat(leadership.await(PATIENCE)).isTrue();
                    await().atMost(PATIENCE).until(() -> line("leads now") != null);
                    String json = json(format, line("leads now"));
                    long term = leadership.term();
                    long token = leadership.fencingToken().value();
                    assertThat(json).contains("Member 'local' of cluster 'structured' leads now, in term " + term);
                    if (format.equals("ecs")) {
                        // It takes the dots for nesting.
                        assertThat(json)
                                .contains("\"election\":{\"cluster\":\"structured\",\"node\":\"local\",\"term\":" + term
                                        + ",\"token\":" + token + "}");
                    } else {
                        assertThat(json)
                                .contains("election.cluster\":\"structured\"")
                                .contains("election.node\":\"local\"")
                                .contains("election.term\":" + term)
                                .contains("election.token\":" + token);
                    }
                });
    }

    private ILoggingEvent line(String part) {
        return events.stream()
                .filter(event -> event.getFormattedMessage().contains("'structured' " + part))
                .findFirst()
                .orElse(null);
    }

    private static String json(String format, ILoggingEvent event) {
        LoggerContext context = new LoggerContext();
        context.putObject(Environment.class.getName(), new StandardEnvironment());
        StructuredLogEncoder encoder = new StructuredLogEncoder();
        encoder.setContext(context);
        encoder.setFormat(format);
        encoder.start();
        return new String(encoder.encode(event), StandardCharsets.UTF_8);
    }
}
