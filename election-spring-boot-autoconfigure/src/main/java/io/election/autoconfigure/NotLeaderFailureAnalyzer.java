package io.election.autoconfigure;

import io.election.NotLeaderException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.util.ClassUtils;

/** Explains what to do if an application calls leader-only code during its start. */
final class NotLeaderFailureAnalyzer extends AbstractFailureAnalyzer<NotLeaderException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, NotLeaderException cause) {
        StackTraceElement caller = caller(cause);
        String called = called(cause);
        return new FailureAnalysis(
                "While the application started, " + (caller == null ? "Spring" : caller)
                        + (called == null ? " called code that" : " called " + called + ", which")
                        + " only the leader may run: " + cause.getMessage()
                        + " A member stands for election only when its application is ready, so this stops the start of"
                        + " every member.",
                "Do such work in a listener of LeaderElectedEvent, or let a LeaderBound start and stop a component that does"
                        + " it. A caller that does not depend on it should ask Leadership.isLeader() first, which is false"
                        + " during the start.",
                cause);
    }

    /** The first of the application's own methods. An analysis does not print the stack trace. */
    private static @Nullable StackTraceElement caller(NotLeaderException cause) {
        for (StackTraceElement each : cause.getStackTrace()) {
            String type = each.getClassName();
            if (type.startsWith("org.springframework.boot.SpringApplication")) {
                // From here on there is only what started the application.
                return null;
            }
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

    /** The leader-only method of a bean, if its proxy was called. */
    private static @Nullable String called(NotLeaderException cause) {
        for (StackTraceElement each : cause.getStackTrace()) {
            int proxy = each.getClassName().indexOf(ClassUtils.CGLIB_CLASS_SEPARATOR);
            if (proxy > 0) {
                return each.getClassName().substring(0, proxy) + "." + each.getMethodName();
            }
        }
        return null;
    }
}
