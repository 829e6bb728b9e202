package io.election.leaderonly;

import io.election.LeaderOnly;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;

/**
 * Inspects the other contexts of a hierarchy. A post-processor guards only the beans of its own context. Leader-only beans in a parent
 * or child context without one would run on every member, so the start of such a context stops.
 */
public final class UnguardedContexts implements SmartInitializingSingleton, ApplicationListener<ContextRefreshedEvent> {

    private final ApplicationContext own;

    /**
     * Creates the inspection.
     *
     * @param own the context whose ancestors, and descendants as they come, are looked into
     */
    public UnguardedContexts(ApplicationContext own) {
        this.own = own;
    }

    @Override
    public void afterSingletonsInstantiated() {
        for (ApplicationContext at = own.getParent(); at != null; at = at.getParent()) {
            inspect(
                    at,
                    "parent context",
                    "Move the bean to the context that has the election; or let the parent be auto-configured as well"
                            + " (@EnableAutoConfiguration, or @ImportAutoConfiguration of ElectionAutoConfiguration and"
                            + " LeaderOnlyAutoConfiguration): it then holds the election for itself and its children.");
        }
    }

    @Override
    public void onApplicationEvent(ContextRefreshedEvent event) {
        ApplicationContext refreshed = event.getApplicationContext();
        if (refreshed != own) {
            inspect(
                    refreshed,
                    "child context",
                    "Import the guard into the child's configuration (@ImportAutoConfiguration of"
                            + " LeaderOnlyAutoConfiguration); it goes by the election of the parent. Or move the bean to"
                            + " the parent.");
        }
    }

    private static void inspect(ApplicationContext context, String which, String action) {
        if (!(context instanceof ConfigurableApplicationContext configurable)) {
            return;
        }
        ConfigurableListableBeanFactory beans = configurable.getBeanFactory();
        if (beans.getBeanNamesForType(LeaderOnlyPostProcessor.class, true, false).length > 0) {
            return;
        }
        String belongs = "belongs to " + which + " '" + context.getDisplayName() + "', ";
        for (String name : beans.getBeanNamesForType(LeaderBound.class, true, false)) {
            throw new InvalidLeaderOnlyException(
                    "LeaderBound '" + name + "' " + belongs + "in which nothing starts and stops its components.",
                    action);
        }
        for (String name : beans.getBeanDefinitionNames()) {
            Class<?> type = beans.getType(name, false);
            String marked = type == null ? null : marked(ClassUtils.getUserClass(type));
            if (marked != null) {
                throw new InvalidLeaderOnlyException(
                        "Bean '" + name + "' has @LeaderOnly (" + marked + "), but " + belongs
                                + "in which nothing guards it: it would run on every member.",
                        action);
            }
        }
    }

    private static @Nullable String marked(Class<?> type) {
        if (!LeaderOnlyMethods.isMarked(type)) {
            return null;
        }
        if (AnnotatedElementUtils.hasAnnotation(type, LeaderOnly.class)) {
            return type.getName();
        }
        for (Method method : MethodIntrospector.selectMethods(
                type, (Method each) -> LeaderOnlyMethods.onMethod(each, type) != null)) {
            return type.getName() + "." + method.getName();
        }
        return null;
    }
}
