package io.election.peer;

import java.util.function.UnaryOperator;

/** The path below the peers' of the request that came last on a connection: mostly the next one's too. Guarded by the connection. */
final class LatestPath {

    private final UnaryOperator<String> below;
    private String target = "";
    private String path = "";

    /**
     * Begins without a request.
     *
     * @param below makes the path of a request's target
     */
    LatestPath(UnaryOperator<String> below) {
        this.below = below;
    }

    String of(String next) {
        if (!next.equals(target)) {
            target = next;
            path = below.apply(next);
        }
        return path;
    }
}
