package io.election.sample;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.StepDownEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Says in the log what the election tells the application. */
@Component
class LeadershipLog {

    private static final Logger logger = LoggerFactory.getLogger(LeadershipLog.class);

    @EventListener
    void elected(LeaderElectedEvent event) {
        logger.info("I lead now, in term {}. My fencing token is {}.", event.term(), event.fencingToken());
    }

    @EventListener
    void steppedDown(StepDownEvent event) {
        logger.info("I lead no longer; that was term {}. The reason: {}.", event.term(), event.reason());
    }

    @EventListener
    void changed(LeaderChangedEvent event) {
        if (event.leaderId() == null) {
            logger.info("I know no leader in term {}.", event.term());
        } else {
            logger.info("The leader of term {} is {}.", event.term(), event.leaderId());
        }
    }
}
