package io.election.autoconfigure;

import io.election.leaderonly.InvalidLeaderOnlyException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Explains what is meant for the leader only but could run on every member, and what to do about it. */
final class InvalidLeaderOnlyFailureAnalyzer extends AbstractFailureAnalyzer<InvalidLeaderOnlyException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, InvalidLeaderOnlyException cause) {
        String description = cause.getDescription();
        String bean = beanBeingMade(rootFailure);
        if (bean != null && !description.contains("'" + bean + "'")) {
            description += " This was found while bean '" + bean + "' was being created.";
        }
        return new FailureAnalysis(description, cause.getAction(), cause);
    }

    /** The innermost bean. The others only depend on it. */
    private static @Nullable String beanBeingMade(Throwable failure) {
        String bean = null;
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (each instanceof BeanCreationException creation && creation.getBeanName() != null) {
                bean = creation.getBeanName();
            }
        }
        return bean;
    }
}
