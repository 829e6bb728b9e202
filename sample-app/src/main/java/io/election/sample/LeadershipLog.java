package io.election.sample;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Logs the events of the election. */
@Component
class LeadershipLog {

    private static final Logger logger = LoggerFactory.getLogger(LeadershipLog.class);

    @EventListener
    void elected(LeaderElectedEvent event) {
        logger.info("I lead now, in term {}. My fencing token is {}.", event.term(), event.fencingToken());
    }

    @EventListener
    void steppedDown(StepDownEvent event) {
        logger.info("I no longer lead in term {}. Reason: {}.", event.term(), event.reason());
    }

    @EventListener
    void changed(LeaderChangedEvent event) {
        if (event.leaderId() == null) {
            logger.info("There is no known leader in term {}.", event.term());
        } else {
            logger.info("The leader of term {} is {}.", event.term(), event.leaderId());
        }
    }
}
