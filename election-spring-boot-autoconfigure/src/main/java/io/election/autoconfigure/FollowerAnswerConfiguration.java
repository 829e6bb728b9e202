package io.election.autoconfigure;

import io.election.Leadership;
import io.election.leaderonly.FollowerAnswer;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What a follower answers is the same on both web stacks. */
@Configuration(proxyBeanMethods = false)
class FollowerAnswerConfiguration {

    @Bean
    FollowerAnswer leaderOnlyFollowerAnswer(
            ObjectProvider<Leadership> leadership,
            ObjectProvider<ElectionRuntime> runtime,
            ElectionProperties properties) {
        return new FollowerAnswer(
                leadership.getObject(),
                properties.web().onFollower() == ElectionProperties.OnFollower.REDIRECT,
                () -> hearsLeader(runtime),
                properties.electionTimeout());
    }

    /** An application's own leadership says itself what it knows. */
    private static boolean hearsLeader(ObjectProvider<ElectionRuntime> runtime) {
        ElectionRuntime own = runtime.getIfAvailable();
        return own == null || own.operations().hearsLeader();
    }
}
