package io.election.leaderonly;

import io.election.LeaderOnly;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.event.EventListener;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/** Finds leader-only methods that could not be guarded, so that the start stops instead of the method running on every member. */
final class LeaderOnlyInspection {

    private static final String ON_THE_EVENTS =
            "Start such work in a listener of LeaderElectedEvent and end it in one of StepDownEvent, or let a LeaderBound"
                    + " start and stop a component that does it.";

    private final LeaderOnlyMethods methods;
    private final GuardChecks guards;
    private final @Nullable ClassLoader classes;

    /** Classes without a fault. A prototype is created again and again, and its class is inspected once. */
    private final Set<Seen> seen = ConcurrentHashMap.newKeySet();

    private final Map<Class<?>, Boolean> marked = new ConcurrentHashMap<>();
    private volatile @Nullable String scheduled;

    private record Seen(Class<?> type, boolean byInterfaces) {}

    LeaderOnlyInspection(LeaderOnlyMethods methods, @Nullable ClassLoader classes) {
        this.methods = methods;
        this.guards = new GuardChecks(methods);
        this.classes = classes;
    }

    /** A bean with a leader-only scheduled method, or {@code null} if there was none so far. */
    @Nullable String scheduled() {
        return scheduled;
    }

    /**
     * Inspects the methods that the container calls on the bean itself, before it calls them.
     *
     * @param bean the bean's name
     * @param type its class
     * @param definition how it is created
     * @throws InvalidLeaderOnlyException if a marked method is called without its proxy
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
                        GuardChecks.describe(bean, method) + isForTheLeader(byType) + ", but " + callback.because()
                                + ": the container calls it on the bean itself and not on its proxy, so it would run on every"
                                + " member.",
                        ON_THE_EVENTS
                                + (byType
                                        ? " If every member may run this method, put @LeaderOnly on the others instead of"
                                                + " the type."
                                        : "")
                                + callback.hint());
            }
        });
    }

    /** Whether a bean's class, or any of its methods, is for the leader only. Each class is searched once. */
    boolean isMarked(Class<?> type) {
        return marked.computeIfAbsent(ClassUtils.getUserClass(type), LeaderOnlyMethods::isMarked);
    }

    private static Set<Method> markedMethods(Class<?> user) {
        return MethodIntrospector.selectMethods(
                user, (Method method) -> LeaderOnlyMethods.onMethod(method, user) != null);
    }

    /** Receives a leader-only method, and whether only its type is marked. */
    private interface Marked {
        void take(Method method, boolean byType);
    }

    /** Private methods too: the container calls them as well. */
    private static void forEachMarked(Class<?> user, Marked marked) {
        ReflectionUtils.doWithMethods(
                user,
                method -> {
                    if (LeaderOnlyMethods.onMethod(method, user) != null) {
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
     * Inspects the class of one bean.
     *
     * @param bean the bean's name
     * @param type its class
     * @param byInterfaces whether its proxy implements only interfaces, or may do so
     * @throws InvalidLeaderOnlyException if a marked method cannot be guarded
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
                            + " is final, so no proxy can guard it.",
                    "Make the class neither final nor a record, or call Leadership.callWhileLeading in its methods"
                            + " instead.");
        }
        for (Method method : markedMethods(user)) {
            LeaderOnly annotation = LeaderOnlyMethods.onMethod(method, user);
            guards.checkInterception(bean, user, method, byInterfaces);
            guards.checkMethod(bean, method);
            if (annotation != null) {
                guards.checkAttributes(bean, method, annotation);
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

    /** Checks who calls a method, and when. */
    private void checkCaller(String bean, Class<?> user, Method method, boolean byType) {
        String what = GuardChecks.describe(bean, method) + isForTheLeader(byType);
        MessageHandlers.MessageHandler handler = MessageHandlers.of(method, user, classes);
        if (handler != null) {
            throw new InvalidLeaderOnlyException(
                    what + ", but " + handler.because()
                            + ": a follower would lose the messages that it refuses, and acknowledge those that it skips.",
                    handler.advice());
        }
        StartCallbacks.StartCallback callback = StartCallbacks.of(method, user);
        if (callback != null && !(callback.time() == StartCallbacks.Time.EVERYWHERE && isSkipped(method, user))) {
            throw switch (callback.time()) {
                case START ->
                    new InvalidLeaderOnlyException(
                            what + ", but " + callback.because()
                                    + ": nobody leads then. A refusal would stop the start of every member, and with skip"
                                    + " the method would never run.",
                            ON_THE_EVENTS);
                case LIFECYCLE ->
                    new InvalidLeaderOnlyException(
                            what + ", but " + callback.because()
                                    + ": the start comes before anybody leads, and the stop"
                                    + " when this member no longer leads.",
                            "Remove @LeaderOnly there, let isAutoStartup() return false, and name the bean in a"
                                    + " LeaderBound, which starts and stops it with the leadership; or listen to"
                                    + " LeaderElectedEvent and StepDownEvent instead.");
                case EVERYWHERE ->
                    new InvalidLeaderOnlyException(
                            what + ", but " + callback.because() + ": on followers every call would be refused, and"
                                    + " logged as the failure of a listener.",
                            "Listen to LeaderElectedEvent instead, which is published only on the member that leads."
                                    + " If the listener is to run at a change that leaves this member the leader, use"
                                    + " @LeaderOnly(skip = true), by which followers skip the call.");
                case END ->
                    new InvalidLeaderOnlyException(
                            what + ", but " + callback.because() + ", so every call would be refused.",
                            byType
                                    ? "Move it to a class without @LeaderOnly, or put @LeaderOnly on the other methods"
                                            + " instead of the type."
                                    : "Remove @LeaderOnly from it.");
            };
        }
    }

    private boolean isSkipped(Method method, Class<?> user) {
        LeaderOnlyMethods.Rule rule = methods.of(method, user);
        return rule != null && rule.skips();
    }

    private void checkType(String bean, Class<?> user, LeaderOnly onType, boolean byInterfaces) {
        ReflectionUtils.doWithMethods(
                user,
                method -> {
                    if (Modifier.isFinal(method.getModifiers())) {
                        throw GuardChecks.cannotIntercept(bean, method, "final");
                    }
                    // Other package-private methods can be called only from their own package, such as a library's.
                    if (LeaderOnlyMethods.isScheduled(method)
                            || AnnotatedElementUtils.hasAnnotation(method, EventListener.class)) {
                        guards.checkPackage(bean, user, method, byInterfaces);
                    }
                    guards.checkMethod(bean, method);
                },
                method -> method.getDeclaringClass() != Object.class
                        && !method.isSynthetic()
                        && !Modifier.isPrivate(method.getModifiers())
                        && !Modifier.isStatic(method.getModifiers())
                        && LeaderOnlyMethods.isMarked(method, user));
        if (!onType.catchUp().isEmpty()) {
            guards.checkDuration(bean, user.getName(), onType);
        }
    }
}
