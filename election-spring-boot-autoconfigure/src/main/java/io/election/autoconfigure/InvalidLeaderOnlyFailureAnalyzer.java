package io.election.autoconfigure;

import io.election.leaderonly.InvalidLeaderOnlyException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Shows what is meant for the leader only and could not be held to that, and what to do about it. */
final class InvalidLeaderOnlyFailureAnalyzer extends AbstractFailureAnalyzer<InvalidLeaderOnlyException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, InvalidLeaderOnlyException cause) {
        return new FailureAnalysis(cause.getDescription(), cause.getAction(), cause);
    }
}
