package io.election.leaderonly;

import io.election.LeaderOnly;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.GenericApplicationListener;
import org.springframework.context.event.SmartApplicationListener;
import org.springframework.core.MethodClassKey;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.Schedules;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;
import org.springframework.util.StringUtils;
import org.springframework.util.StringValueResolver;

/** Which methods are for the leader only, and what a follower does with a call. */
final class LeaderOnlyMethods {

    private static final List<Class<?>> QUESTIONS = List.of(
            Ordered.class, ApplicationListener.class, SmartApplicationListener.class, GenericApplicationListener.class);

    private final StringValueResolver placeholders;
    private final Map<MethodClassKey, Optional<Rule>> rules = new ConcurrentHashMap<>();

    /**
     * The rule for one method.
     *
     * @param method the method as the bean's class has it
     * @param scheduled whether the scheduler calls it; its call is skipped by a follower
     * @param skips whether a follower skips everybody's call
     * @param catchUp how long a skipped tick is remembered, or {@code null} for not at all
     */
    record Rule(
            Method method,
            boolean scheduled,
            boolean skips,
            @Nullable Duration catchUp) {}

    /**
     * Creates the rules.
     *
     * @param placeholders resolves placeholders in the annotation's attributes
     */
    LeaderOnlyMethods(StringValueResolver placeholders) {
        this.placeholders = placeholders;
    }

    /** The rule for a method of a bean, or {@code null} if any member may run it. */
    @Nullable Rule of(Method method, @Nullable Class<?> beanType) {
        if (method.getDeclaringClass() == Object.class) {
            return null;
        }
        // On the path of every call, so without a lambda if the answer is known.
        MethodClassKey key = new MethodClassKey(method, beanType);
        Optional<Rule> known = rules.get(key);
        if (known == null) {
            known = Optional.ofNullable(read(method, beanType));
            rules.put(key, known);
        }
        return known.orElse(null);
    }

    private @Nullable Rule read(Method method, @Nullable Class<?> beanType) {
        Method specific = AopUtils.getMostSpecificMethod(method, beanType);
        LeaderOnly annotation = annotation(method, specific, beanType);
        if (annotation == null) {
            return null;
        }
        boolean scheduled = isScheduled(specific);
        boolean skips = annotation.skip() && specific.getReturnType() == void.class;
        return new Rule(specific, scheduled, skips, scheduled ? catchUp(annotation) : null);
    }

    /** Whether a method of a bean is for the leader only. */
    static boolean isMarked(Method method, @Nullable Class<?> beanType) {
        return annotation(method, AopUtils.getMostSpecificMethod(method, beanType), beanType) != null;
    }

    private static @Nullable LeaderOnly annotation(Method method, Method specific, @Nullable Class<?> beanType) {
        LeaderOnly annotation = onMethod(specific, beanType);
        if (annotation == null && beanType != null && !isQuestion(specific, beanType)) {
            annotation = AnnotatedElementUtils.findMergedAnnotation(beanType, LeaderOnly.class);
        }
        if (annotation == null && specific != method) {
            annotation = AnnotatedElementUtils.findMergedAnnotation(method, LeaderOnly.class);
        }
        return annotation;
    }

    /** The annotation on a method of a bean, its type aside. */
    static @Nullable LeaderOnly onMethod(Method method, @Nullable Class<?> beanType) {
        LeaderOnly annotation = AnnotatedElementUtils.findMergedAnnotation(method, LeaderOnly.class);
        return annotation == null && beanType != null ? onInterface(method, beanType) : annotation;
    }

    /**
     * The annotation of an interface's method that the bean's class implements by a method that it inherits. The class that
     * declares that method need not implement the interface, so the method's own hierarchy does not lead to it.
     */
    private static @Nullable LeaderOnly onInterface(Method specific, Class<?> beanType) {
        if (!Modifier.isPublic(specific.getModifiers()) || Modifier.isStatic(specific.getModifiers())) {
            return null;
        }
        for (Class<?> contract : ClassUtils.getAllInterfacesForClassAsSet(beanType)) {
            Method declared =
                    ClassUtils.getMethodIfAvailable(contract, specific.getName(), specific.getParameterTypes());
            LeaderOnly annotation =
                    declared == null ? null : AnnotatedElementUtils.findMergedAnnotation(declared, LeaderOnly.class);
            if (annotation != null) {
                return annotation;
            }
        }
        return null;
    }

    /** Whether a class, or any of its methods, is for the leader only. Looks at no method of a class without the annotation. */
    static boolean isMarked(Class<?> type) {
        if (!AnnotationUtils.isCandidateClass(type, LeaderOnly.class)) {
            return false;
        }
        if (AnnotatedElementUtils.hasAnnotation(type, LeaderOnly.class)) {
            return true;
        }
        Set<Class<?>> declaring = new LinkedHashSet<>(ClassUtils.getAllInterfacesForClassAsSet(type));
        declaring.add(type);
        return declaring.stream()
                .flatMap(each -> Arrays.stream(ReflectionUtils.getAllDeclaredMethods(each)))
                .anyMatch(method -> AnnotatedElementUtils.hasAnnotation(method, LeaderOnly.class));
    }

    /**
     * Methods that every object has, and methods that Spring calls to learn about a bean. They do no work, so an annotation on the type
     * does not mean them. If a follower refused them, it could not print, sort or compare the bean.
     */
    private static boolean isQuestion(Method method, Class<?> beanType) {
        return ReflectionUtils.isObjectMethod(method)
                || QUESTIONS.stream()
                        .anyMatch(contract -> contract.isAssignableFrom(beanType)
                                && !method.getName().equals("onApplicationEvent")
                                && ClassUtils.hasMethod(contract, method.getName(), method.getParameterTypes()));
    }

    /**
     * How long a skipped tick is remembered.
     *
     * @throws IllegalArgumentException if the attribute is not a duration
     */
    @Nullable Duration catchUp(LeaderOnly annotation) {
        String written = placeholders.resolveStringValue(annotation.catchUp());
        return StringUtils.hasText(written) ? DurationStyle.detectAndParse(written.trim()) : null;
    }

    static boolean isScheduled(Method method) {
        MergedAnnotations all = MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY);
        return all.isPresent(Scheduled.class) || all.isPresent(Schedules.class);
    }
}
