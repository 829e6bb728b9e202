package io.election.autoconfigure;

import io.election.leaderonly.QuartzAdapter;
import org.quartz.Scheduler;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.scheduling.quartz.SchedulerFactoryBean;

/** Awaits the jobs of a Quartz scheduler that a {@link io.election.leaderonly.LeaderBound} stops. */
@AutoConfiguration
@ConditionalOnClass({Scheduler.class, SchedulerFactoryBean.class})
public final class QuartzLeaderBoundAutoConfiguration {

    @Bean
    QuartzAdapter quartzLeaderBoundAdapter() {
        return new QuartzAdapter();
    }
}
