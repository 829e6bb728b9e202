package io.election.sample;

import io.election.StoredValue;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Shows how far the import is. Any member answers, and none with an old value. */
@RestController
@ConditionalOnBooleanProperty("election.store.enabled")
class ImportController {

    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final ImportJob job;

    ImportController(ImportJob job) {
        this.job = job;
    }

    @GetMapping("/import")
    CompletionStage<ImportJob.Progress> progress() {
        return job.progress(TIMEOUT)
                .thenApply(StoredValue::asOptional)
                .thenApply(done -> done.orElse(ImportJob.Progress.NONE));
    }
}
