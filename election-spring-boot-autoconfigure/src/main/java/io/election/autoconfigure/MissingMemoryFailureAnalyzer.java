package io.election.autoconfigure;

import io.election.ReplicatedLog;
import io.election.ReplicatedStore;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;

/** Says how an application gets the replicated memory that it asks for. */
final class MissingMemoryFailureAnalyzer extends AbstractFailureAnalyzer<NoSuchBeanDefinitionException>
        implements Ordered {

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, NoSuchBeanDefinitionException cause) {
        Class<?> type = cause.getBeanType();
        if (cause instanceof NoUniqueBeanDefinitionException) {
            return null;
        }
        if (type == ReplicatedStore.class) {
            return new FailureAnalysis(
                    "The application asks for a ReplicatedStore, and has none: election.store.enabled is not true.",
                    "Set election.store.enabled=true, the same on every member of the cluster. An application with a StateMachine"
                            + " of its own has a ReplicatedLog in its place.",
                    cause);
        }
        if (type == ReplicatedLog.class) {
            return new FailureAnalysis(
                    "The application asks for a ReplicatedLog, and has none: it has no bean of type StateMachine that the log"
                            + " could feed.",
                    "Declare the StateMachine as a bean, the same on every member of the cluster. For named values set"
                            + " election.store.enabled=true, and ask for a ReplicatedStore.",
                    cause);
        }
        return null;
    }

    /** Before Spring Boot's own, which does not know the setting. */
    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }
}
