package io.election.sample;

import io.election.LeaderOnly;
import io.election.Leadership;
import io.election.fencing.StaleFencingTokenException;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** A job that is due on every member and runs only on the leader. */
@Component
class InvoiceJob {

    private static final Logger logger = LoggerFactory.getLogger(InvoiceJob.class);

    private final Leadership leadership;
    private final Ledger ledger;
    private final String nodeId;
    private volatile Tally tally = new Tally(0, 0, null);

    InvoiceJob(Leadership leadership, Ledger ledger, @Value("${election.node-id:}") String nodeId) {
        this.leadership = leadership;
        this.ledger = ledger;
        this.nodeId = nodeId;
    }

    @Scheduled(fixedRateString = "${sample.interval:1s}")
    @LeaderOnly
    void issue() {
        String text = "invoices of " + LocalTime.now().truncatedTo(ChronoUnit.SECONDS);
        try {
            Ledger.Line line = ledger.append(leadership.fencingToken(), nodeId, text);
            tally = tally.written();
            logger.info("Line {} under token {}: {}", line.number(), line.token(), line.text());
        } catch (StaleFencingTokenException stale) {
            tally = tally.refused(String.valueOf(stale.getMessage()));
            logger.warn("Nothing was written. {}", stale.getMessage());
        } catch (TransientDataAccessException busy) {
            logger.warn("Nothing was written; the next run tries again. {}", busy.getMessage());
        }
    }

    Tally tally() {
        return tally;
    }

    /**
     * What this member's job has done since its start.
     *
     * @param linesWritten how many lines it has written
     * @param linesRefused how many the fence has refused
     * @param lastRefusal the message of the last refusal, or {@code null}
     */
    record Tally(
            long linesWritten, long linesRefused, @Nullable String lastRefusal) {

        Tally written() {
            return new Tally(linesWritten + 1, linesRefused, lastRefusal);
        }

        Tally refused(String refusal) {
            return new Tally(linesWritten, linesRefused + 1, refusal);
        }
    }
}
