package io.election.leaderonly;

import io.election.LeaderOnly;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.quartz.JobExecutionContext;
import org.quartz.SchedulerException;
import org.quartz.Trigger;
import org.quartz.listeners.TriggerListenerSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.scheduling.SchedulingException;
import org.springframework.scheduling.quartz.SchedulerFactoryBean;

/**
 * Refuses Quartz jobs that have {@link LeaderOnly} but no proxy, because a job factory created them without Spring: they would run on
 * every member. Only when a job fires is it known how it was created.
 */
public final class MarkedJobs extends TriggerListenerSupport implements SmartInitializingSingleton {

    private static final Logger logger = LoggerFactory.getLogger(MarkedJobs.class);

    private final Supplier<Stream<SchedulerFactoryBean>> schedulers;
    private final Set<Class<?>> reported = ConcurrentHashMap.newKeySet();

    /**
     * Creates a listener.
     *
     * @param schedulers the application's schedulers, asked once all beans have been made
     */
    public MarkedJobs(Supplier<Stream<SchedulerFactoryBean>> schedulers) {
        this.schedulers = schedulers;
    }

    @Override
    public void afterSingletonsInstantiated() {
        schedulers.get().forEach(scheduler -> {
            try {
                scheduler.getScheduler().getListenerManager().addTriggerListener(this);
            } catch (SchedulerException failure) {
                throw new SchedulingException("Could not watch a Quartz scheduler for jobs with @LeaderOnly", failure);
            }
        });
    }

    @Override
    public String getName() {
        return "io.election.leader-only";
    }

    @Override
    public boolean vetoJobExecution(Trigger trigger, JobExecutionContext firing) {
        Object job = firing.getJobInstance();
        if (AopUtils.isAopProxy(job) || !LeaderOnlyMethods.isMarked(job.getClass())) {
            return false;
        }
        if (reported.add(job.getClass())) {
            logger.atError()
                    .addKeyValue(WiringLogKeys.JOB, firing.getJobDetail().getKey())
                    .log(
                            "Job {} does not run on any member: its class {} has @LeaderOnly, but the scheduler's job factory"
                                    + " created it without Spring's proxy, so that it would run on every member. Give the"
                                    + " SchedulerFactoryBean a SpringBeanJobFactory that knows the application context, as"
                                    + " Spring Boot's scheduler has. Or tie the scheduler to the leadership with a LeaderBound,"
                                    + " and remove @LeaderOnly.",
                            firing.getJobDetail().getKey(),
                            job.getClass().getName());
        }
        return true;
    }
}
