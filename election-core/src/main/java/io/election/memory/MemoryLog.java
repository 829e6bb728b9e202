package io.election.memory;

import io.election.core.LogKeys;
import io.election.core.LogPosition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the log says of one member's memory. */
final class MemoryLog {

    private static final Logger logger = LoggerFactory.getLogger(MemoryLog.class);

    private final String cluster;
    private final String nodeId;

    MemoryLog(String cluster, String nodeId) {
        this.cluster = cluster;
        this.nodeId = nodeId;
    }

    void imageNotTaken(LogPosition last, Throwable failure) {
        logger.atWarn()
                .addKeyValue(LogKeys.CLUSTER, cluster)
                .addKeyValue(LogKeys.NODE, nodeId)
                .addKeyValue(LogKeys.REASON, failure)
                .log(
                        "Member '{}' of cluster '{}' could not write an image of its state after entry {}: {}. Nothing is lost. The log"
                                + " grows until an image is written, which is tried again when more has been applied.",
                        nodeId,
                        cluster,
                        last.index(),
                        String.valueOf(failure));
    }

    void imagesNotDropped(Throwable failure) {
        logger.atWarn()
                .addKeyValue(LogKeys.CLUSTER, cluster)
                .addKeyValue(LogKeys.NODE, nodeId)
                .addKeyValue(LogKeys.REASON, failure)
                .log(
                        "Member '{}' of cluster '{}' could not remove images of its state that it needs no more: {}. They take room on the"
                                + " disk until the next image is written.",
                        nodeId,
                        cluster,
                        String.valueOf(failure));
    }

    void machineFailed(Throwable cause) {
        logger.atError()
                .addKeyValue(LogKeys.CLUSTER, cluster)
                .addKeyValue(LogKeys.NODE, nodeId)
                .setCause(cause)
                .log(
                        "Member '{}' of cluster '{}' applies nothing any more: its state machine failed. It neither stands nor leads until"
                                + " it is started again. It still votes, stores and acknowledges.",
                        nodeId,
                        cluster);
    }

    void stateDiffers(long index) {
        logger.atError()
                .addKeyValue(LogKeys.CLUSTER, cluster)
                .addKeyValue(LogKeys.NODE, nodeId)
                .log(
                        "Member '{}' of cluster '{}' applies nothing any more: after entry {} its state differs from its leader's. It"
                                + " neither stands nor leads until it is started again. It still votes, stores and acknowledges."
                                + " The state machine is not deterministic, or a directory was damaged. Move the member's"
                                + " directory away before the start, so that it gets its state from the leader.",
                        nodeId,
                        cluster,
                        index);
    }

    void listenerFailed(String name, Throwable failure) {
        logger.atError()
                .addKeyValue(LogKeys.CLUSTER, cluster)
                .addKeyValue(LogKeys.NODE, nodeId)
                .setCause(failure)
                .log(
                        "Member '{}' of cluster '{}': a listener for changes of the value '{}' failed. It is called again at the next"
                                + " change.",
                        nodeId,
                        cluster,
                        name);
    }
}
