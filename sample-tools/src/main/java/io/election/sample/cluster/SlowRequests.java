package io.election.sample.cluster;

import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** For measurements only: requests that hold a thread of the server for a while, as those that wait for a slow database do. */
@RestController
@ConditionalOnProperty("sample.slow-request")
class SlowRequests {

    /** Where one is answered. */
    static final String PATH = "/slow";

    private final Duration length;

    SlowRequests(@Value("${sample.slow-request}") Duration length) {
        this.length = length;
    }

    @GetMapping(PATH)
    String answer() throws InterruptedException {
        Thread.sleep(length.toMillis());
        return "done";
    }
}
