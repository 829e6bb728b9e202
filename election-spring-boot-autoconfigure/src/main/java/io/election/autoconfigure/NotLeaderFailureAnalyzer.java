package io.election.autoconfigure;

import io.election.NotLeaderException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says what to do where the start of an application calls what only the leader may do. */
final class NotLeaderFailureAnalyzer extends AbstractFailureAnalyzer<NotLeaderException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, NotLeaderException cause) {
        StackTraceElement caller = caller(cause);
        return new FailureAnalysis(
                "While the application started, " + (caller == null ? "something" : caller)
                        + " asked for what only the leader may do: " + cause.getMessage()
                        + " A member stands for election only when its application is ready, so this stops the start of"
                        + " every member.",
                "Do such work in a listener of LeaderElectedEvent, or let a LeaderBound start and stop a component that does"
                        + " it. A caller that can do without it asks Leadership.isLeader() first, which is false during the"
                        + " start.",
                cause);
    }

    /** The first of the application's own methods; the failure's trace is not printed with an analysis. */
    private static @Nullable StackTraceElement caller(NotLeaderException cause) {
        for (StackTraceElement each : cause.getStackTrace()) {
            String type = each.getClassName();
            if (!type.startsWith("java.")
                    && !type.startsWith("jdk.")
                    && !type.startsWith("sun.")
                    && !type.startsWith("org.springframework.")
                    && !type.startsWith("io.election.Leadership")
                    && !type.startsWith("io.election.node.")
                    && !type.startsWith("io.election.leaderonly.")
                    && !type.startsWith("io.election.autoconfigure.DisabledElection")
                    && !type.startsWith("io.election.test.")
                    && !type.contains("$$")) {
                return each;
            }
        }
        return null;
    }
}
