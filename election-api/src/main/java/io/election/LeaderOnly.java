package io.election;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method, or all methods of a bean, that run only on the leader. What happens to a call on another member depends on the
 * caller:
 *
 * <ul>
 *   <li>the scheduler ({@code @Scheduled} on the method): the tick is skipped, see {@link #catchUp()}; any other call of such
 *       a method is one of the last kind;
 *   <li>a web client (a handler method of Spring MVC): answered before the handler, as {@code election.web.on-follower}
 *       says;
 *   <li>anybody else: {@link NotLeaderException}, unless {@link #skip()} says otherwise.
 * </ul>
 *
 * <p>A call is work in flight, which a handover waits for ({@link Leadership#beginWork()}); one that returns a
 * {@code CompletionStage} is in flight until that completes. If the leadership ended before the work did, the caller gets
 * {@link LeadershipLostException} instead of a result, by the stage where there is one.
 *
 * <p>The check comes before transactions and caches, and on the thread that executes where the method is also
 * {@code @Async}. It is made by a proxy: calls within the same object are not seen, and the application does not start if a
 * method cannot be intercepted (private, final or static), or returns what the check could not follow (a reactive type, a
 * {@code Future} that is not a {@code CompletionStage}). On a type it stands for all methods that are called on the bean, including
 * inherited ones, except {@code toString}, {@code equals} and {@code hashCode}.
 *
 * <p>It cannot be used for methods that the container calls on the bean itself, that are called while nobody leads, or that take
 * messages, which would be lost. The application does not start if the annotation is on a method that injects, initializes or
 * destroys the bean, that runs or listens to events at the start, that listens to {@link LeaderChangedEvent} without {@link #skip()}, or
 * that takes messages from a broker.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface LeaderOnly {

    /**
     * Whether a call on a member that does not lead does nothing instead of throwing an exception. Only for methods that return
     * nothing; on a type, it applies to those of its methods. Handlers of web requests do not need it, nor do scheduled methods that only
     * the scheduler calls.
     *
     * @return {@code false} by default
     */
    boolean skip() default false;

    /**
     * For a scheduled method: how long a tick that was skipped here is remembered. If this member is elected within that
     * time, it runs the method at once. So a job that is rarely due is not lost because it fell due while nobody led, for example
     * during the start. Another leader may have run it meanwhile: the job must tolerate being run twice. A duration such as {@code 2m}
     * or {@code PT2M}, or a placeholder for one.
     *
     * @return nothing by default: a skipped tick stays skipped
     */
    String catchUp() default "";
}
