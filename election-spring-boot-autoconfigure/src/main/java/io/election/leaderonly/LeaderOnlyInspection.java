package io.election.leaderonly;

import io.election.LeaderOnly;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;
import org.springframework.core.KotlinDetector;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.scheduling.annotation.Async;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/** Finds what is marked as leader-only and could not be held to it, so that the start stops instead of a guard being absent. */
final class LeaderOnlyInspection {

    private static final String ON_THE_EVENTS =
            "Begin such work in a listener of LeaderElectedEvent and end it in one of StepDownEvent, or let a LeaderBound"
                    + " start and stop a component that does it.";

    private final LeaderOnlyMethods methods;
    private final @Nullable ClassLoader classes;

    /** What was found well: a prototype is made again and again, and its class need be looked at once. */
    private final Set<Seen> seen = ConcurrentHashMap.newKeySet();

    private final Map<Class<?>, Boolean> marked = new ConcurrentHashMap<>();
    private volatile @Nullable String scheduled;

    private record Seen(Class<?> type, boolean byInterfaces) {}

    LeaderOnlyInspection(LeaderOnlyMethods methods, @Nullable ClassLoader classes) {
        this.methods = methods;
        this.classes = classes;
    }

    /** A bean with a scheduled method for the leader only, or {@code null} if none was seen. */
    @Nullable String scheduled() {
        return scheduled;
    }

    /**
     * Looks at what the container calls on the bean itself, before that happens.
     *
     * @param bean the bean's name
     * @param type its class
     * @param definition how it is made
     * @throws InvalidLeaderOnlyException if something there is marked that no proxy would see
     */
    void inspect(String bean, Class<?> type, RootBeanDefinition definition) {
        Class<?> user = ClassUtils.getUserClass(type);
        if (!isMarked(user)) {
            return;
        }
        ContainerCallbacks callbacks = new ContainerCallbacks(user, definition);
        forEachMarked(user, (method, byType) -> {
            ContainerCallbacks.Callback callback = callbacks.of(method);
            if (callback != null && !(byType && callback.kind() == ContainerCallbacks.Kind.REFERENCE)) {
                throw new InvalidLeaderOnlyException(
                        describe(bean, method) + isForTheLeader(byType) + ", but " + callback.because()
                                + ": the container calls it on the bean itself, where no proxy can stand before it, so"
                                + " that it would run on every member.",
                        ON_THE_EVENTS
                                + (byType
                                        ? " If every member may run this method, put @LeaderOnly on the others instead of"
                                                + " the type."
                                        : "")
                                + callback.hint());
            }
        });
    }

    private boolean isMarked(Class<?> user) {
        return marked.computeIfAbsent(
                user,
                type -> AnnotatedElementUtils.hasAnnotation(type, LeaderOnly.class)
                        || !markedMethods(type).isEmpty());
    }

    private static Set<Method> markedMethods(Class<?> user) {
        return MethodIntrospector.selectMethods(
                user, (Method method) -> AnnotatedElementUtils.hasAnnotation(method, LeaderOnly.class));
    }

    /** Takes a method, and whether only its type is marked. */
    private interface Marked {
        void take(Method method, boolean byType);
    }

    /** Private ones too: the container calls them as well. */
    private static void forEachMarked(Class<?> user, Marked marked) {
        ReflectionUtils.doWithMethods(
                user,
                method -> {
                    if (AnnotatedElementUtils.hasAnnotation(method, LeaderOnly.class)) {
                        marked.take(method, false);
                    } else if (LeaderOnlyMethods.isMarked(method, user)) {
                        marked.take(method, true);
                    }
                },
                method -> method.getDeclaringClass() != Object.class
                        && !method.isSynthetic()
                        && !Modifier.isStatic(method.getModifiers()));
    }

    private static String isForTheLeader(boolean byType) {
        return byType ? " is for the leader only, by the @LeaderOnly on its type" : " is for the leader only";
    }

    /**
     * Looks at one bean's class.
     *
     * @param bean the bean's name
     * @param type its class
     * @param byInterfaces whether its proxy has its interfaces only, or may have
     * @throws InvalidLeaderOnlyException if something there is marked that a proxy cannot hold to it
     */
    void inspect(String bean, Class<?> type, boolean byInterfaces) {
        Class<?> user = ClassUtils.getUserClass(type);
        Seen now = new Seen(user, byInterfaces);
        if (!isMarked(user) || seen.contains(now)) {
            return;
        }
        LeaderOnly onType = AnnotatedElementUtils.findMergedAnnotation(user, LeaderOnly.class);
        if (Modifier.isFinal(user.getModifiers()) && !byInterfaces) {
            throw new InvalidLeaderOnlyException(
                    "Bean '" + bean + "' has @LeaderOnly, but its class " + user.getName()
                            + " is final, so that no proxy can stand before it.",
                    "Make the class neither final nor a record, or call Leadership.callWhileLeading in its methods"
                            + " instead.");
        }
        for (Method method : markedMethods(user)) {
            LeaderOnly annotation = AnnotatedElementUtils.findMergedAnnotation(method, LeaderOnly.class);
            checkInterception(bean, user, method, byInterfaces);
            checkMethod(bean, method);
            if (annotation != null) {
                checkAttributes(bean, method, annotation);
            }
        }
        if (onType != null && !user.isInterface()) {
            checkType(bean, user, onType, byInterfaces);
        }
        forEachMarked(user, (method, byType) -> {
            checkCaller(bean, user, method, byType);
            if (LeaderOnlyMethods.isScheduled(method)) {
                scheduled = bean;
            }
        });
        seen.add(now);
    }

    /** Looks at who calls a method. */
    private void checkCaller(String bean, Class<?> user, Method method, boolean byType) {
        String what = describe(bean, method) + isForTheLeader(byType);
        MessageHandlers.MessageHandler handler = MessageHandlers.of(method, user, classes);
        if (handler != null) {
            throw new InvalidLeaderOnlyException(
                    what + ", but " + handler.because()
                            + ": a follower would lose the messages that it refuses, or acknowledge those that it skips.",
                    handler.advice());
        }
        StartCallbacks.StartCallback callback = StartCallbacks.of(method, user);
        if (callback != null) {
            throw switch (callback.time()) {
                case START ->
                    new InvalidLeaderOnlyException(
                            what + ", but " + callback.because()
                                    + ": nobody leads then, so that a refusal would stop the start of every member, and"
                                    + " with skip it would never run.",
                            ON_THE_EVENTS);
                case LIFECYCLE ->
                    new InvalidLeaderOnlyException(
                            what + ", but " + callback.because()
                                    + ": the start comes before anybody leads, and the stop"
                                    + " when this member leads no longer.",
                            "Remove @LeaderOnly there, let isAutoStartup() return false, and name the bean in a"
                                    + " LeaderBound, which starts and stops it with the leadership; or listen to"
                                    + " LeaderElectedEvent and StepDownEvent instead.");
                case END ->
                    new InvalidLeaderOnlyException(
                            what + ", but " + callback.because() + ", so that every call would be refused.",
                            byType
                                    ? "Move it to a class without @LeaderOnly, or put @LeaderOnly on the other methods"
                                            + " instead of the type."
                                    : "Remove @LeaderOnly from it.");
            };
        }
    }

    private void checkType(String bean, Class<?> user, LeaderOnly onType, boolean byInterfaces) {
        ReflectionUtils.doWithMethods(
                user,
                method -> {
                    if (Modifier.isFinal(method.getModifiers())) {
                        throw cannotIntercept(bean, method, "final");
                    }
                    // Of others, only classes of that package could call it, such as a library's own.
                    if (LeaderOnlyMethods.isScheduled(method)
                            || AnnotatedElementUtils.hasAnnotation(method, EventListener.class)) {
                        checkPackage(bean, user, method, byInterfaces);
                    }
                    checkMethod(bean, method);
                },
                method -> method.getDeclaringClass() != Object.class
                        && !method.isSynthetic()
                        && !Modifier.isPrivate(method.getModifiers())
                        && !Modifier.isStatic(method.getModifiers())
                        && LeaderOnlyMethods.isMarked(method, user));
        if (!onType.catchUp().isEmpty()) {
            checkDuration(bean, user.getName(), onType);
        }
    }

    private static void checkInterception(String bean, Class<?> user, Method method, boolean byInterfaces) {
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
        if (byInterfaces && !isPartOfAnInterface(method)) {
            throw new InvalidLeaderOnlyException(
                    describe(bean, method)
                            + " has @LeaderOnly, but is part of no interface, and the bean's proxy has its"
                            + " interfaces only.",
                    "Declare the method in an interface, or let proxies be subclasses"
                            + " (spring.aop.proxy-target-class=true).");
        }
    }

    /** A proxy is a subclass in the package of the bean's class, and overrides no method that only another package sees. */
    private static void checkPackage(String bean, Class<?> user, Method method, boolean byInterfaces) {
        if (!byInterfaces
                && (method.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED | Modifier.PRIVATE)) == 0
                && !method.getDeclaringClass().getPackageName().equals(user.getPackageName())) {
            throw new InvalidLeaderOnlyException(
                    describe(bean, method)
                            + " is for the leader only, but is package-private in another package than the"
                            + " bean's class " + user.getName() + ", so that no proxy can stand before it.",
                    "Make it protected or public, or call Leadership.callWhileLeading in it instead.");
        }
    }

    private static boolean isPartOfAnInterface(Method method) {
        return method.getDeclaringClass().isInterface()
                || Arrays.stream(ClassUtils.getAllInterfacesForClass(method.getDeclaringClass()))
                        .anyMatch(type -> ClassUtils.hasMethod(type, method.getName(), method.getParameterTypes()));
    }

    private static InvalidLeaderOnlyException cannotIntercept(String bean, Method method, String what) {
        return new InvalidLeaderOnlyException(
                describe(bean, method) + " is for the leader only, but is " + what
                        + ", so that no proxy can stand before it.",
                "Make it neither private, final nor static, or call Leadership.callWhileLeading in it instead.");
    }

    private static void checkMethod(String bean, Method method) {
        Class<?> returned = method.getReturnType();
        if (CompletionStage.class.isAssignableFrom(returned)) {
            if (!returned.isAssignableFrom(CompletableFuture.class)) {
                throw new InvalidLeaderOnlyException(
                        describe(bean, method) + " is for the leader only, and returns " + returned.getName()
                                + ": its result could not be replaced by a failure if the leadership were lost meanwhile.",
                        "Let it return CompletionStage or CompletableFuture.");
            }
        } else if (isReactive(method)) {
            throw new InvalidLeaderOnlyException(
                    describe(bean, method) + " is for the leader only, and returns " + returned.getName()
                            + ": what it describes begins when somebody subscribes, perhaps when this member leads no"
                            + " longer.",
                    "Let it return a CompletionStage (Mono.toFuture()), or begin the work in the subscription with"
                            + " Leadership.beginWork().");
        } else if (Future.class.isAssignableFrom(returned) && !isAsync(method)) {
            throw new InvalidLeaderOnlyException(
                    describe(bean, method) + " is for the leader only, and returns " + returned.getName()
                            + ", which does not say when its work ends.",
                    "Let it return CompletionStage or CompletableFuture.");
        }
        if (AnnotatedElementUtils.hasAnnotation(method, Bean.class)) {
            throw new InvalidLeaderOnlyException(
                    describe(bean, method) + " makes a bean, which every member does, and is for the leader only.",
                    "Put @LeaderOnly on the methods of the bean that it makes, or tie that bean to the leadership with a"
                            + " LeaderBound.");
        }
    }

    private static boolean isReactive(Method method) {
        Class<?> returned = method.getReturnType();
        return Flow.Publisher.class.isAssignableFrom(returned)
                || KotlinDetector.isSuspendingFunction(method)
                || (!Future.class.isAssignableFrom(returned)
                        && ReactiveAdapterRegistry.getSharedInstance().getAdapter(returned) != null);
    }

    /** Its body has ended by the time it returns: whoever waits for the result is outside. */
    private static boolean isAsync(Method method) {
        return AnnotatedElementUtils.hasAnnotation(method, Async.class)
                || AnnotatedElementUtils.hasAnnotation(method.getDeclaringClass(), Async.class);
    }

    private void checkAttributes(String bean, Method method, LeaderOnly annotation) {
        boolean scheduled = LeaderOnlyMethods.isScheduled(method);
        if (annotation.skip() && method.getReturnType() != void.class) {
            throw new InvalidLeaderOnlyException(
                    describe(bean, method) + " is to be skipped on a follower, but returns "
                            + method.getReturnType().getName() + ", for which there would be no value.",
                    "Remove skip, and let callers take the NotLeaderException (the scheduler's own calls are skipped in"
                            + " any case); or let the method return nothing.");
        }
        if (!annotation.catchUp().isEmpty() && !scheduled) {
            throw new InvalidLeaderOnlyException(
                    describe(bean, method) + " has a catchUp, but no @Scheduled: only ticks of the scheduler are made"
                            + " up for.",
                    "Remove catchUp, or schedule the method.");
        }
        if (!annotation.catchUp().isEmpty()) {
            checkDuration(bean, describe(bean, method), annotation);
        }
    }

    private void checkDuration(String bean, String where, LeaderOnly annotation) {
        @Nullable RuntimeException wrong = null;
        try {
            methods.catchUp(annotation);
        } catch (IllegalArgumentException ex) {
            wrong = ex;
        }
        if (wrong != null) {
            throw new InvalidLeaderOnlyException(
                    "The catchUp of @LeaderOnly at " + where + " (bean '" + bean + "') is '" + annotation.catchUp()
                            + "', which is no duration: " + wrong.getMessage() + ".",
                    "Write a duration with its unit, like 2m, or a placeholder for one.");
        }
    }

    private static String describe(String bean, Method method) {
        return "Method " + method.getDeclaringClass().getName() + "." + method.getName() + " of bean '" + bean + "'";
    }
}
