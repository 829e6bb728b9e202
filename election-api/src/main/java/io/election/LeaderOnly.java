package io.election;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method, or all methods of a bean, that run only on the leader. What happens to a call on another member
 * depends on the caller:
 *
 * <ul>
 *   <li>The scheduler ({@code @Scheduled} on the method): the tick is skipped, see {@link #catchUp()}. Any other call
 *       of such a method is treated as in the last case.
 *   <li>A web client (a handler method of Spring MVC): the request is answered before it reaches the handler, as
 *       {@code election.web.on-follower} says.
 *   <li>Any other caller gets {@link NotLeaderException}, unless {@link #skip()} says otherwise.
 * </ul>
 *
 * <p>A call is work in flight, which a handover waits for ({@link Leadership#beginWork()}). A call that returns a
 * {@code CompletionStage} is in flight until that stage completes. If the leadership ended before the work did, the
 * caller gets {@link LeadershipLostException} instead of a result. If there is a stage, the exception comes through the
 * stage.
 *
 * <p>The check comes before transactions and caches. For a method that is also {@code @Async}, it runs on the thread
 * that executes the method. A proxy makes the check, so calls within the same object are not checked. The application
 * does not start if a method cannot be intercepted (private, final or static). Nor does it start if a method returns a
 * type that the check cannot follow (a reactive type, or a {@code Future} that is not a {@code CompletionStage}). On a
 * type, the annotation applies to all methods that are called on the bean, including inherited ones, except
 * {@code toString}, {@code equals} and {@code hashCode}.
 *
 * <p>It cannot be used on methods that the container itself calls on the bean, on methods that are called while nobody
 * leads, or on methods that receive messages, because those messages would be lost. The application does not start if
 * the annotation is on one of these methods: a method that injects, initializes or destroys the bean; a method that
 * runs, or listens to events, at startup; a method that listens to {@link LeaderChangedEvent} without {@link #skip()};
 * a method that receives messages from a broker.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface LeaderOnly {

    /**
     * Whether a call on a member that does not lead does nothing instead of throwing an exception. Only for methods
     * that return nothing. On a type, it applies to those of its methods. Handlers of web requests do not need it.
     * Neither do scheduled methods that only the scheduler calls.
     *
     * @return {@code false} by default
     */
    boolean skip() default false;

    /**
     * For a scheduled method: how long a tick that was skipped here is remembered. If this member is elected within
     * that time, it runs the method at once. So a job that is rarely due is not lost if it fell due while nobody led,
     * for example during startup. Another leader may have run it in the meantime, so the job must tolerate being run
     * twice. The value is a duration such as {@code 2m} or {@code PT2M}, or a placeholder for one.
     *
     * @return empty by default: a skipped tick stays skipped
     */
    String catchUp() default "";
}
