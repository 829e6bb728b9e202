package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.election.FreePorts;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What a member says that has waited for a leader for long, because it is alone. */
class LeaderlessMemberTests {

    private static final Duration LONG = Duration.ofMinutes(3);
    private static final String CLUSTER = "leaderless-in-a-test";

    private final Logger logger = (Logger) LoggerFactory.getLogger(ElectionNode.class);
    private final List<String> said = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            if (event.getFormattedMessage().contains(CLUSTER)) {
                said.add(event.getFormattedMessage());
            }
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

    @Test
    void saysOnceWhoIsMissingAndWhyAsItsStatusDoes() throws Exception {
        int port = FreePorts.next();
        try (ElectionMember member = ElectionMember.builder(CLUSTER, "a")
                .port(InetAddress.getLoopbackAddress(), port)
                .secret("a secret of the test")
                .timing(Duration.ofMillis(300), Duration.ofMillis(30), Duration.ofMillis(200))
                .member("a", URI.create("http://127.0.0.1:" + port))
                .member("b", URI.create("http://127.0.0.1:" + FreePorts.next()))
                .member("c", URI.create("http://127.0.0.1:" + FreePorts.next()))
                .inMemory()
                .start()) {
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(said)
                            .filteredOn(line -> line.contains("has known no leader for"))
                            .singleElement()
                            .asString()
                            .contains("'a': stands for election.", "'b': ", "'c': ", "connection refused"));
            await().atMost(LONG).untilAsserted(() -> {
                WhyNobodyLeads why = member.operations().status().whyNobodyLeads();
                assertThat(why).isNotNull();
                assertThat(why.summary()).isEqualTo("3 of 3 voters are needed, and 'a' reaches 1, itself included");
                assertThat(why.members().get(1).why()).startsWith("not reached: connection refused");
            });
            assertThat(said)
                    .filteredOn(line -> line.contains("has known no leader for"))
                    .hasSize(1);
        }
    }
}
