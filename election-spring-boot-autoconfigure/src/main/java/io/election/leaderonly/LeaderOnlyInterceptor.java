package io.election.leaderonly;

import io.election.LeaderWork;
import io.election.Leadership;
import io.election.LeadershipLostException;
import io.election.NotLeaderException;
import io.election.leaderonly.LeaderOnlyMethods.Rule;
import java.lang.reflect.Array;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;

/** Lets a call through to a leader-only method while this member leads, and counts it as work in flight. */
final class LeaderOnlyInterceptor implements MethodInterceptor {

    private final LeaderOnlyMethods methods;
    private final Supplier<Leadership> leadership;
    private final Supplier<MissedTicks> missedTicks;
    private final HandlerCalls handlerCalls;
    private final @Nullable ScopedBean scoped;

    /**
     * Creates an interceptor.
     *
     * @param leadership supplied at the first call, because beans are still being created when this is
     * @param missedTicks receives the ticks that are skipped; supplied at the first one
     * @param handlerCalls the web requests that have been admitted
     * @param scoped the bean of which a scope creates one instance after the other, or {@code null} for other beans
     */
    LeaderOnlyInterceptor(
            LeaderOnlyMethods methods,
            Supplier<Leadership> leadership,
            Supplier<MissedTicks> missedTicks,
            HandlerCalls handlerCalls,
            @Nullable ScopedBean scoped) {
        this.methods = methods;
        this.leadership = leadership;
        this.missedTicks = missedTicks;
        this.handlerCalls = handlerCalls;
        this.scoped = scoped;
    }

    /** The same for one bean of which a scope creates one instance after the other. */
    LeaderOnlyInterceptor of(ScopedBean bean) {
        return new LeaderOnlyInterceptor(methods, leadership, missedTicks, handlerCalls, bean);
    }

    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
        Object target = invocation.getThis();
        Rule rule = methods.of(invocation.getMethod(), target == null ? null : target.getClass());
        if (rule == null) {
            return invocation.proceed();
        }
        LeaderWork ofRequest = handlerCalls.current(rule.method());
        if (ofRequest != null) {
            // Admitted before the handler, and counted until the request is done.
            return proceed(invocation, ofRequest, false);
        }
        if (rule.scheduled() && SchedulerCall.isMadeBy(invocation)) {
            return missedTicks
                    .get()
                    .tick(scoped == null ? target : scoped, rule, () -> callOrMiss(invocation, rule, true));
        }
        return callOrMiss(invocation, rule, false);
    }

    private @Nullable Object callOrMiss(MethodInvocation invocation, Rule rule, boolean tick) throws Throwable {
        LeaderWork work;
        try {
            work = leadership.get().beginWork();
        } catch (NotLeaderException notLeader) {
            if (tick) {
                missedTicks.get().missed(scoped == null ? invocation.getThis() : scoped, rule, again(invocation, rule));
            } else if (rule.skips()) {
                missedTicks.get().skipped(rule);
            } else {
                throw notLeader;
            }
            return nothing(rule.method().getReturnType());
        }
        return proceed(invocation, work, true);
    }

    /** Runs a skipped tick, on the instance that exists then. That need not be the one that skipped it. */
    private MissedTicks.Call again(MethodInvocation invocation, Rule rule) {
        ScopedBean bean = scoped;
        return bean == null
                ? () -> invoke(((ProxyMethodInvocation) invocation).invocableClone())
                : () -> {
                    bean.tick(rule.method());
                    return null;
                };
    }

    /** What a skipped call returns. Its caller, the scheduler, ignores it. */
    private static @Nullable Object nothing(Class<?> type) {
        return type.isPrimitive() && type != void.class ? Array.get(Array.newInstance(type, 1), 0) : null;
    }

    /** Does the work; {@code ends} says whether it ends here, or with the request that it belongs to. */
    @SuppressWarnings("try") // A scope is opened to be closed.
    private static @Nullable Object proceed(MethodInvocation invocation, LeaderWork work, boolean ends)
            throws Throwable {
        Object result;
        try (LeaderWork.Scope here = work.open()) {
            result = invocation.proceed();
            if (result instanceof CompletionStage<?> stage) {
                return follow(stage, work, ends);
            }
        } catch (Throwable failure) {
            // Work that noticed the loss has thrown this exception itself.
            if (!heldToTheEnd(work, ends) && !(failure instanceof LeadershipLostException)) {
                failure.addSuppressed(new LeadershipLostException(work.term()));
            }
            throw failure;
        }
        if (!heldToTheEnd(work, ends)) {
            throw new LeadershipLostException(work.term());
        }
        return result;
    }

    private static boolean heldToTheEnd(LeaderWork work, boolean ends) {
        return ends ? work.end() : work.stillHolds();
    }

    /** The work is in flight until the stage completes. The leadership is checked again then. */
    private static CompletableFuture<@Nullable Object> follow(
            CompletionStage<? extends @Nullable Object> stage, LeaderWork work, boolean ends) {
        CompletableFuture<@Nullable Object> followed = new CompletableFuture<>();
        stage.whenComplete((value, failure) -> {
            boolean held = heldToTheEnd(work, ends);
            if (failure == null && held) {
                followed.complete(value);
                return;
            }
            LeadershipLostException lost = held ? null : new LeadershipLostException(work.term());
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            if (lost != null && cause != null && !(cause instanceof LeadershipLostException)) {
                cause.addSuppressed(lost);
            }
            followed.completeExceptionally(cause != null ? cause : lost);
        });
        followed.whenComplete((value, failure) -> {
            if (followed.isCancelled() && stage instanceof Future<?> original) {
                original.cancel(true);
            }
        });
        return followed;
    }
}
