package io.election.autoconfigure;

import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/** Says, by being there, that the application has a servlet server that the peers can share. */
final class ServletServer {

    private final Environment environment;

    ServletServer(Environment environment) {
        this.environment = environment;
    }

    /** Whether the application's own servlet leaves paths to nobody, for which the container runs no filter. */
    boolean leavesPathsUnmapped() {
        String path = environment.getProperty("spring.mvc.servlet.path");
        return StringUtils.hasText(path) && !path.trim().equals("/");
    }
}
