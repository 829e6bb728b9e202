package io.election.autoconfigure;

import io.election.leaderonly.MarkedJobs;
import io.election.leaderonly.QuartzAdapter;
import org.quartz.Scheduler;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.scheduling.quartz.SchedulerFactoryBean;

/**
 * Awaits the jobs of a Quartz scheduler that a {@link io.election.leaderonly.LeaderBound} stops, and keeps jobs with
 * {@link io.election.LeaderOnly} from running without their guard.
 */
@AutoConfiguration
@ConditionalOnClass({Scheduler.class, SchedulerFactoryBean.class})
public final class QuartzLeaderBoundAutoConfiguration {

    @Bean
    QuartzAdapter quartzLeaderBoundAdapter() {
        return new QuartzAdapter();
    }

    @Bean
    MarkedJobs leaderOnlyQuartzJobs(ObjectProvider<SchedulerFactoryBean> schedulers) {
        return new MarkedJobs(schedulers::stream);
    }
}
