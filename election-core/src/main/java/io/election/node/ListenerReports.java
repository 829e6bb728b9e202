package io.election.node;

import io.election.LeaderChangedEvent;
import io.election.LeaderElectedEvent;
import io.election.MembersChangedEvent;
import io.election.StepDownEvent;
import io.election.core.LackOfMemory;
import io.election.core.LogKeys;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/** Says in the log what goes wrong with the listeners of a member's events, and with the thread that calls them. */
final class ListenerReports {

    private static final Logger logger = LoggerFactory.getLogger(ElectionNode.class);
    private static final String FAILED = "A listener of {} failed.";

    private final String cluster;
    private final String nodeId;

    ListenerReports(String cluster, String nodeId) {
        this.cluster = cluster;
        this.nodeId = nodeId;
    }

    private LoggingEventBuilder line(Level level) {
        return logger.atLevel(level).addKeyValue(LogKeys.CLUSTER, cluster).addKeyValue(LogKeys.NODE, nodeId);
    }

    private LoggingEventBuilder line(Level level, Object event) {
        LoggingEventBuilder line = line(level);
        if (event instanceof LeaderElectedEvent elected) {
            return line.addKeyValue(LogKeys.EVENT, "elected").addKeyValue(LogKeys.TERM, elected.term());
        }
        if (event instanceof StepDownEvent ended) {
            return line.addKeyValue(LogKeys.EVENT, "stepped-down").addKeyValue(LogKeys.TERM, ended.term());
        }
        if (event instanceof LeaderChangedEvent changed) {
            return line.addKeyValue(LogKeys.EVENT, "leader-changed").addKeyValue(LogKeys.TERM, changed.term());
        }
        if (event instanceof MembersChangedEvent) {
            return line.addKeyValue(LogKeys.EVENT, "members-changed");
        }
        return line.addKeyValue(LogKeys.EVENT, "task");
    }

    /** A listener threw. Where memory is too short for key-value pairs it says as much without them, or throws that error. */
    void failed(Object event, Throwable failure) {
        try {
            line(Level.ERROR, event).setCause(failure).log(FAILED, event);
        } catch (Error unsaid) {
            if (LackOfMemory.in(unsaid) == null) {
                throw unsaid;
            }
            logger.error(FAILED, event, failure);
        }
    }

    /** A listener runs for longer than a limit. */
    void blocked(Object event, Thread thread, long limitMillis) {
        line(Level.WARN, event)
                .addKeyValue(LogKeys.DURATION, limitMillis)
                .addKeyValue(LogKeys.THREAD, thread.getName())
                .log(
                        "A listener of {} has been running for more than {} ms, and delays the events behind it. The election"
                                + " goes on. The listener is at: {}",
                        event,
                        limitMillis,
                        whereItStands(thread));
    }

    /** The innermost frame that is the application's, as far as one is; the thread goes on meanwhile. */
    private static String whereItStands(Thread blocked) {
        StackTraceElement[] frames = blocked.getStackTrace();
        for (StackTraceElement frame : frames) {
            if (!frame.getClassName().startsWith("java.")
                    && !frame.getClassName().startsWith("jdk.")) {
                return frame.toString();
            }
        }
        return frames.length == 0 ? "its end" : frames[0].toString();
    }

    /** A listener that was said to be blocked has returned. */
    void returned(Object event, long tookMillis) {
        line(Level.WARN, event)
                .addKeyValue(LogKeys.DURATION, tookMillis)
                .log("The listener of {} ended after {} ms.", event, tookMillis);
    }

    /** The member stops, and a listener does not return. */
    void leftRunning(Object event, String thread) {
        line(Level.WARN, event)
                .addKeyValue(LogKeys.THREAD, thread)
                .log(
                        "The listener of {} is still running although its member stops. Its thread {} is left to it.",
                        event,
                        thread);
    }

    /** The thread of the events died, and was replaced. */
    void threadReplaced(String thread) {
        line(Level.ERROR)
                .addKeyValue(LogKeys.THREAD, thread)
                .log("The thread {} has died, and another one takes its place.", thread);
    }
}
