package io.election.leaderonly;

import io.election.LeaderOnly;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.core.KotlinDetector;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.scheduling.annotation.Async;
import org.springframework.util.ClassUtils;

/** Checks that a proxy can guard a leader-only method, and that a follower's refusal and a loss can be reported to its caller. */
final class GuardChecks {

    private final LeaderOnlyMethods methods;

    /**
     * Creates the checks.
     *
     * @param methods reads what an annotation says
     */
    GuardChecks(LeaderOnlyMethods methods) {
        this.methods = methods;
    }

    // ------------------------------------------------------------------------------------------------ the proxy

    void checkInterception(String bean, Class<?> user, Method method, boolean byInterfaces) {
        int modifiers = method.getModifiers();
        if (Modifier.isPrivate(modifiers)) {
            throw cannotIntercept(bean, method, "private");
        }
        if (Modifier.isStatic(modifiers)) {
            throw cannotIntercept(bean, method, "static");
        }
        if (Modifier.isFinal(modifiers) && !byInterfaces) {
            throw cannotIntercept(bean, method, "final");
        }
        checkPackage(bean, user, method, byInterfaces);
        if (byInterfaces && !isPartOfAnInterface(method, user)) {
            throw new InvalidLeaderOnlyException(
                    describe(bean, method)
                            + " has @LeaderOnly, but no interface declares it, and the bean's proxy"
                            + " implements only interfaces.",
                    "Declare the method in an interface, or use proxies that are subclasses"
                            + " (spring.aop.proxy-target-class=true).");
        }
    }

    /** A proxy is a subclass in the package of the bean's class. It cannot override a package-private method of another package. */
    void checkPackage(String bean, Class<?> user, Method method, boolean byInterfaces) {
        if (!byInterfaces
                && (method.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED | Modifier.PRIVATE)) == 0
                && !method.getDeclaringClass().getPackageName().equals(user.getPackageName())) {
            throw new InvalidLeaderOnlyException(
                    describe(bean, method)
                            + " is for the leader only, but is package-private in another package than the"
                            + " bean's class " + user.getName() + ", so no proxy can guard it.",
                    "Make it protected or public, or call Leadership.callWhileLeading in it instead.");
        }
    }

    /** An interface of the bean's class counts, too, if that class implements the method by inheriting it. */
    private static boolean isPartOfAnInterface(Method method, Class<?> user) {
        return method.getDeclaringClass().isInterface()
                || Arrays.stream(ClassUtils.getAllInterfacesForClass(user))
                        .anyMatch(type -> ClassUtils.hasMethod(type, method.getName(), method.getParameterTypes()));
    }

    static InvalidLeaderOnlyException cannotIntercept(String bean, Method method, String what) {
        return new InvalidLeaderOnlyException(
                describe(bean, method) + " is for the leader only, but is " + what + ", so no proxy can guard it.",
                "Make it neither private, final nor static, or call Leadership.callWhileLeading in it instead.");
    }

    // ------------------------------------------------------------------------------------------------ the signature

    void checkMethod(String bean, Method method) {
        Class<?> returned = method.getReturnType();
        if (CompletionStage.class.isAssignableFrom(returned)) {
            if (!returned.isAssignableFrom(CompletableFuture.class)) {
                throw new InvalidLeaderOnlyException(
                        describe(bean, method) + " is for the leader only, and returns " + returned.getName()
                                + ": the guard could not replace the result with a failure if the leadership were lost meanwhile.",
                        "Let it return CompletionStage or CompletableFuture.");
            }
        } else if (isReactive(method)) {
            throw new InvalidLeaderOnlyException(
                    describe(bean, method) + " is for the leader only, and returns " + returned.getName()
                            + ": the work begins when somebody subscribes, perhaps after this member has stopped leading.",
                    "Let it return a CompletionStage (Mono.toFuture()), or begin the work in the subscription with"
                            + " Leadership.beginWork().");
        } else if (Future.class.isAssignableFrom(returned) && !isAsync(method)) {
            throw new InvalidLeaderOnlyException(
                    describe(bean, method) + " is for the leader only, and returns " + returned.getName()
                            + ", from which the guard cannot tell when the work ends.",
                    "Let it return CompletionStage or CompletableFuture.");
        }
        if (AnnotatedElementUtils.hasAnnotation(method, Bean.class)) {
            throw new InvalidLeaderOnlyException(
                    describe(bean, method) + " is for the leader only, but creates a bean, which every member does.",
                    "Put @LeaderOnly on the methods of that bean, or tie the bean to the leadership with a LeaderBound.");
        }
    }

    private static boolean isReactive(Method method) {
        Class<?> returned = method.getReturnType();
        return Flow.Publisher.class.isAssignableFrom(returned)
                || KotlinDetector.isSuspendingFunction(method)
                || (!Future.class.isAssignableFrom(returned)
                        && ReactiveAdapterRegistry.getSharedInstance().getAdapter(returned) != null);
    }

    /** The executor runs the guarded method, which has ended when its future is returned. */
    private static boolean isAsync(Method method) {
        return AnnotatedElementUtils.hasAnnotation(method, Async.class)
                || AnnotatedElementUtils.hasAnnotation(method.getDeclaringClass(), Async.class);
    }

    void checkAttributes(String bean, Method method, LeaderOnly annotation) {
        boolean scheduled = LeaderOnlyMethods.isScheduled(method);
        if (annotation.skip() && method.getReturnType() != void.class) {
            throw new InvalidLeaderOnlyException(
                    describe(bean, method) + " is to be skipped on a follower, but returns "
                            + method.getReturnType().getName() + ", and a skipped call has no value to return.",
                    "Remove skip, and let callers handle the NotLeaderException (the scheduler's own calls are skipped"
                            + " anyway). Or let the method return nothing.");
        }
        if (!annotation.catchUp().isEmpty() && !scheduled) {
            throw new InvalidLeaderOnlyException(
                    describe(bean, method) + " has a catchUp, but no @Scheduled: only skipped ticks of the scheduler"
                            + " are made up for.",
                    "Remove catchUp, or schedule the method.");
        }
        if (!annotation.catchUp().isEmpty()) {
            checkDuration(bean, describe(bean, method), annotation);
        }
    }

    void checkDuration(String bean, String where, LeaderOnly annotation) {
        @Nullable RuntimeException wrong = null;
        try {
            methods.catchUp(annotation);
        } catch (IllegalArgumentException ex) {
            wrong = ex;
        }
        if (wrong != null) {
            throw new InvalidLeaderOnlyException(
                    "The catchUp of @LeaderOnly at " + where + " (bean '" + bean + "') is '" + annotation.catchUp()
                            + "', which is not a duration: " + wrong.getMessage() + ".",
                    "Write a duration with its unit, like 2m, or a placeholder for one.");
        }
    }

    static String describe(String bean, Method method) {
        return "Method " + method.getDeclaringClass().getName() + "." + method.getName() + " of bean '" + bean + "'";
    }
}
