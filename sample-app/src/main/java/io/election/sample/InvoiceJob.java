package io.election.sample;

import io.election.Leadership;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** A job that runs everywhere and does something only where the leader is. */
@Component
class InvoiceJob {

    private static final Logger logger = LoggerFactory.getLogger(InvoiceJob.class);

    private final Leadership leadership;
    private final Ledger ledger;

    InvoiceJob(Leadership leadership, Ledger ledger) {
        this.leadership = leadership;
        this.ledger = ledger;
    }

    @Scheduled(fixedRate = 1000)
    void issue() {
        if (!leadership.isLeader()) {
            return;
        }
        String text = "invoices of " + LocalTime.now().truncatedTo(ChronoUnit.SECONDS);
        logger.info(ledger.append(leadership.fencingToken(), text));
    }
}
