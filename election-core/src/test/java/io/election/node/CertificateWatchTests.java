package io.election.node;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.election.core.ClockReading;
import io.election.core.Request;
import io.election.peer.PeerCallback;
import io.election.peer.PeerHandler;
import io.election.peer.PeerTransport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class CertificateWatchTests {

    private static final Instant START = Instant.parse("2026-11-01T00:00:00Z");

    private final ListAppender<ILoggingEvent> told = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(ElectionNode.class);
    private final Chronicle chronicle = new Chronicle("watched", "a", List.of());
    private @Nullable Instant expires;
    private Instant now = START;

    private final CertificateWatch watch = new CertificateWatch(
            new PeerTransport() {
                @Override
                public void start(PeerHandler handler) {}

                @Override
                public void members(Set<String> members) {}

                @Override
                public void send(Request request, PeerCallback callback) {}

                @Override
                public @Nullable Instant certificateExpires() {
                    return expires;
                }

                @Override
                public void close() {}
            },
            chronicle);

    @BeforeEach
    void listen() {
        told.start();
        logger.addAppender(told);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(told);
    }

    /** What it says if it looks now. */
    private List<String> look() throws InterruptedException {
        told.list.clear();
        // A monotonic clock begins anywhere.
        watch.look(new ClockReading(Duration.between(START, now).toNanos() - Long.MAX_VALUE / 2, now.toEpochMilli()));
        chronicle.flush(Duration.ofSeconds(60));
        return told.list.stream()
                .filter(event -> event.getFormattedMessage().startsWith("Member 'a' of cluster 'watched'"))
                .map(event -> event.getLevel() + " "
                        + event.getFormattedMessage()
                                .substring("Member 'a' of cluster 'watched' ".length())
                                .split("\\.( |$)")[0])
                .toList();
    }

    private List<String> lookAfter(Duration time) throws InterruptedException {
        now = now.plus(time);
        return look();
    }

    @Test
    void saysNothingOfAMemberWithoutACertificateOrWithOneThatIsValidForLong() throws Exception {
        assertThat(look()).isEmpty();
        expires = now.plus(Duration.ofDays(14)).plusSeconds(1);
        assertThat(look()).isEmpty();
    }

    @Test
    void warnsAtTheStartAndThenOnceADay() throws Exception {
        expires = now.plus(Duration.ofDays(3));
        assertThat(look())
                .containsExactly(Level.WARN + " has a certificate that expires on " + expires + ", in 3 days");
        assertThat(lookAfter(Duration.ofHours(23))).isEmpty();
        assertThat(lookAfter(Duration.ofHours(1)))
                .containsExactly(Level.WARN + " has a certificate that expires on " + expires + ", in 2 days");
        assertThat(lookAfter(Duration.ofHours(1))).isEmpty();
    }

    @Test
    void warnsFromFourteenDaysBeforeTheEndOn() throws Exception {
        expires = now.plus(Duration.ofDays(15));
        assertThat(look()).isEmpty();
        assertThat(lookAfter(Duration.ofDays(1)))
                .containsExactly(Level.WARN + " has a certificate that expires on " + expires + ", in 14 days");
    }

    @Test
    void saysAtOnceThatItHasExpiredAndThenOnceADay() throws Exception {
        expires = now.plus(Duration.ofHours(1));
        assertThat(look()).hasSize(1);
        String expired = Level.ERROR + " has a certificate that expired on " + expires;
        assertThat(lookAfter(Duration.ofHours(2))).containsExactly(expired);
        assertThat(lookAfter(Duration.ofHours(23))).isEmpty();
        assertThat(lookAfter(Duration.ofHours(1))).containsExactly(expired);
    }

    @Test
    void saysThatItWasRenewed() throws Exception {
        expires = now.plus(Duration.ofDays(3));
        assertThat(look()).hasSize(1);
        expires = now.plus(Duration.ofDays(90));
        assertThat(look()).containsExactly(Level.INFO + " uses a renewed certificate, which expires on " + expires);
        assertThat(look()).isEmpty();
        expires = now.plus(Duration.ofDays(5));
        assertThat(look())
                .containsExactly(
                        Level.INFO + " uses a renewed certificate, which expires on " + expires,
                        Level.WARN + " has a certificate that expires on " + expires + ", in 5 days");
    }

    @Test
    void putsItIntoASentence() {
        assertThat(CertificateWatch.warning(null, now)).isNull();
        assertThat(CertificateWatch.warning(now.plus(Duration.ofDays(15)), now)).isNull();
        assertThat(CertificateWatch.warning(START, START.minusSeconds(1)))
                .isEqualTo("This member's certificate expires on 2026-11-01T00:00:00Z");
        assertThat(CertificateWatch.warning(START, START.plusSeconds(1)))
                .isEqualTo("This member's certificate expired on 2026-11-01T00:00:00Z");
    }
}
