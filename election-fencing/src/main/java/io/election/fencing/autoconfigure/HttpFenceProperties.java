package io.election.fencing.autoconfigure;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The fence in front of a service.
 *
 * @param memory Where the tokens seen are remembered. By default the database or Redis, whichever there is a fence for.
 * @param guards Which requests are guarded; the first that fits a request decides. Without any there is no filter.
 */
@ConfigurationProperties("election.fencing.http")
record HttpFenceProperties(
        @Nullable Memory memory, @DefaultValue List<Guard> guards) {

    /** Where the tokens seen are remembered. */
    enum Memory {
        /** In the database of the JDBC fence. */
        JDBC,
        /** In the Redis of the Redis fence. */
        REDIS,
        /** In this process, which must be the only instance of the service, and forgets them when it ends. */
        PROCESS
    }

    /**
     * Some of the requests.
     *
     * @param path Pattern of the path within the application, such as '/accounts/{id}/**'.
     * @param methods Methods that are guarded. By default all but GET, HEAD, OPTIONS and TRACE.
     * @param resource What these requests write to; variables of the path may stand in it, such as 'account-{id}'.
     * @param tokenRequired Whether a request without a token is refused rather than let through unguarded.
     */
    record Guard(
            @Nullable String path,
            @DefaultValue Set<String> methods,
            @Nullable String resource,
            @DefaultValue("true") boolean tokenRequired) {}
}
