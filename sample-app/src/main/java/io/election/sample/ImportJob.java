package io.election.sample;

import io.election.LeaderOnly;
import io.election.ReplicatedStore;
import io.election.ReplicatedValue;
import io.election.StoredValue;
import io.election.WriteResult;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * A job whose progress outlives the leader: it imports parcel after parcel, and writes with each step what the step did. Step and effect
 * are in one value of the replicated store, so whoever leads next goes on behind the last step that was written: none is done twice,
 * and none is left out.
 */
@Component
@ConditionalOnBooleanProperty("election.store.enabled")
class ImportJob {

    private static final Logger logger = LoggerFactory.getLogger(ImportJob.class);

    private final ReplicatedValue<Progress> progress;
    private final String nodeId;

    ImportJob(ReplicatedStore store, @Value("${election.node-id:}") String nodeId) {
        this.progress = store.value("import/progress", Progress.class);
        this.nodeId = nodeId;
    }

    @Scheduled(fixedDelayString = "${sample.import-interval:200ms}")
    @LeaderOnly
    void importNext() {
        StoredValue<Progress> before = progress.get();
        Progress next = before.asOptional().orElse(Progress.NONE).and(nodeId);
        WriteResult<Long> written = progress.compareAndSet(before.version(), next)
                .toCompletableFuture()
                .join();
        if (!written.wasApplied()) {
            // The next run reads what is there, whatever became of this one.
            logger.warn("Step {} is not known to be done: {}", next.lastStep(), written);
        }
    }

    /** How far the import is, as the whole cluster knows. */
    CompletionStage<StoredValue<Progress>> progress(Duration timeout) {
        return progress.read(timeout);
    }

    /**
     * How far the import is, with its effect.
     *
     * @param lastStep the last step that was done, or 0
     * @param total the effect: the sum of all parcels, of which each weighs as much as its number
     * @param stepsOf how many steps each member has done
     */
    record Progress(long lastStep, long total, Map<String, Long> stepsOf) {

        static final Progress NONE = new Progress(0, 0, Map.of());

        Progress and(String member) {
            Map<String, Long> steps = new TreeMap<>(stepsOf);
            steps.merge(member, 1L, Long::sum);
            return new Progress(lastStep + 1, total + lastStep + 1, steps);
        }
    }
}
