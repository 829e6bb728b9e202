package io.election.leaderonly;

import java.util.Date;
import org.jspecify.annotations.Nullable;
import org.quartz.Calendar;
import org.quartz.CalendarIntervalTrigger;
import org.quartz.CronTrigger;
import org.quartz.DailyTimeIntervalTrigger;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.SimpleScheduleBuilder;
import org.quartz.SimpleTrigger;
import org.quartz.Trigger;
import org.quartz.TriggerKey;
import org.quartz.impl.matchers.GroupMatcher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves triggers that fell due while their scheduler was on standby to their next fire time. Quartz would fire a cron trigger once for
 * everything it missed, even hours ago, and would run one after another all firings missed within the misfire threshold.
 */
final class MissedFirings {

    private static final Logger logger = LoggerFactory.getLogger(MissedFirings.class);

    /** A trigger is left as it is if its calendar excludes more fire times than this. */
    private static final int MOST_EXCLUDED = 10_000;

    private MissedFirings() {}

    /** Skips them, except for triggers that have no later fire time and those whose misfire instruction says otherwise. */
    static void skip(Scheduler scheduler) throws SchedulerException {
        Date now = new Date();
        for (TriggerKey key : scheduler.getTriggerKeys(GroupMatcher.anyTriggerGroup())) {
            Trigger trigger = scheduler.getTrigger(key);
            // A paused trigger would be resumed by being replaced.
            if (trigger == null
                    || trigger.getNextFireTime() == null
                    || !trigger.getNextFireTime().before(now)
                    || !maySkip(trigger)
                    || scheduler.getTriggerState(key) != Trigger.TriggerState.NORMAL) {
                continue;
            }
            Date next = timeAfter(scheduler, trigger, now);
            if (next != null) {
                scheduler.rescheduleJob(key, from(trigger, next));
                logger.atDebug()
                        .addKeyValue(WiringLogKeys.TRIGGER, key)
                        .log(
                                "Trigger {} skips what it missed while this member did not lead. It fires next at {}.",
                                key,
                                next);
            }
        }
    }

    /** Whether nothing is said about misfires, or that they are to be skipped. */
    private static boolean maySkip(Trigger trigger) {
        int instruction = trigger.getMisfireInstruction();
        if (trigger instanceof SimpleTrigger) {
            return instruction == Trigger.MISFIRE_INSTRUCTION_SMART_POLICY
                    || instruction == SimpleTrigger.MISFIRE_INSTRUCTION_RESCHEDULE_NEXT_WITH_REMAINING_COUNT
                    || instruction == SimpleTrigger.MISFIRE_INSTRUCTION_RESCHEDULE_NEXT_WITH_EXISTING_COUNT;
        }
        if (trigger instanceof CronTrigger) {
            return instruction == Trigger.MISFIRE_INSTRUCTION_SMART_POLICY
                    || instruction == CronTrigger.MISFIRE_INSTRUCTION_DO_NOTHING;
        }
        if (trigger instanceof CalendarIntervalTrigger) {
            return instruction == Trigger.MISFIRE_INSTRUCTION_SMART_POLICY
                    || instruction == CalendarIntervalTrigger.MISFIRE_INSTRUCTION_DO_NOTHING;
        }
        return trigger instanceof DailyTimeIntervalTrigger
                && (instruction == Trigger.MISFIRE_INSTRUCTION_SMART_POLICY
                        || instruction == DailyTimeIntervalTrigger.MISFIRE_INSTRUCTION_DO_NOTHING);
    }

    private static @Nullable Date timeAfter(Scheduler scheduler, Trigger trigger, Date now) throws SchedulerException {
        Calendar calendar = trigger.getCalendarName() == null ? null : scheduler.getCalendar(trigger.getCalendarName());
        Date next = trigger.getFireTimeAfter(now);
        for (int i = 0; next != null && calendar != null && !calendar.isTimeIncluded(next.getTime()); i++) {
            if (i == MOST_EXCLUDED) {
                return null;
            }
            next = trigger.getFireTimeAfter(next);
        }
        return next;
    }

    /** The same trigger, beginning with one of its later times. */
    private static Trigger from(Trigger trigger, Date next) {
        if (trigger instanceof SimpleTrigger simple && simple.getRepeatCount() != SimpleTrigger.REPEAT_INDEFINITELY) {
            long passed = (next.getTime() - simple.getStartTime().getTime()) / simple.getRepeatInterval();
            int left = (int) Math.max(0, simple.getRepeatCount() - passed);
            return simple.getTriggerBuilder()
                    .startAt(next)
                    .withSchedule(scheduleOf(simple).withRepeatCount(left))
                    .build();
        }
        return trigger.getTriggerBuilder().startAt(next).build();
    }

    private static SimpleScheduleBuilder scheduleOf(SimpleTrigger trigger) {
        SimpleScheduleBuilder schedule =
                SimpleScheduleBuilder.simpleSchedule().withIntervalInMilliseconds(trigger.getRepeatInterval());
        return switch (trigger.getMisfireInstruction()) {
            case SimpleTrigger.MISFIRE_INSTRUCTION_RESCHEDULE_NEXT_WITH_REMAINING_COUNT ->
                schedule.withMisfireHandlingInstructionNextWithRemainingCount();
            case SimpleTrigger.MISFIRE_INSTRUCTION_RESCHEDULE_NEXT_WITH_EXISTING_COUNT ->
                schedule.withMisfireHandlingInstructionNextWithExistingCount();
            default -> schedule;
        };
    }
}
