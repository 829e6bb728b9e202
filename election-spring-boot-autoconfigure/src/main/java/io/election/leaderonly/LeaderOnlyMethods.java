package io.election.leaderonly;

import io.election.LeaderOnly;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.Schedules;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;
import org.springframework.util.StringUtils;
import org.springframework.util.StringValueResolver;

/** Which methods are for the leader only, and what a follower does with a call of each. */
final class LeaderOnlyMethods {

    private static final List<Class<?>> QUESTIONS = List.of(
            Ordered.class, ApplicationListener.class, SmartApplicationListener.class, GenericApplicationListener.class);

    private final StringValueResolver placeholders;
    private final Map<MethodClassKey, Optional<Rule>> rules = new ConcurrentHashMap<>();

    /**
     * What holds for one method.
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
     * @param placeholders resolves them in what an annotation says
     */
    LeaderOnlyMethods(StringValueResolver placeholders) {
        this.placeholders = placeholders;
    }

    /** What holds for a method of a bean, or {@code null} if anybody may call it. */
    @Nullable Rule of(Method method, @Nullable Class<?> beanType) {
        if (method.getDeclaringClass() == Object.class) {
            return null;
        }
        // Calls come here: no lambda where the answer is known.
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
        LeaderOnly annotation = AnnotatedElementUtils.findMergedAnnotation(specific, LeaderOnly.class);
        if (annotation == null && beanType != null && !isQuestion(specific, beanType)) {
            annotation = AnnotatedElementUtils.findMergedAnnotation(beanType, LeaderOnly.class);
        }
        if (annotation == null && specific != method) {
            annotation = AnnotatedElementUtils.findMergedAnnotation(method, LeaderOnly.class);
        }
        return annotation;
    }

    /**
     * What every object is asked, and what Spring asks a bean before it calls it: no work, so that a mark on the type does
     * not mean it. Were it refused on a follower, so would be whatever prints, sorts or compares the bean.
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
     * @throws IllegalArgumentException if what the annotation says is no duration
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
