package io.election.leaderonly;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.context.Lifecycle;
import org.springframework.util.ClassUtils;

/**
 * One component that is tied to the leadership.
 *
 * @param name its name in the log
 * @param component the component itself, as the application knows it
 * @param driven what to start and stop: the component, or its adapter
 */
record BoundComponent(String name, Lifecycle component, Lifecycle driven) {

    /** The component's class as a person would call it; never empty, also for classes without a name. */
    static String describe(Lifecycle component) {
        Class<?> type = ClassUtils.getUserClass(AopProxyUtils.ultimateTargetClass(component));
        if (!type.isAnonymousClass() && !type.isHidden() && !type.isSynthetic()) {
            return type.getSimpleName();
        }
        // An anonymous class has an empty simple name, and a lambda's contains an address. Both are named by the place
        // where they are written.
        String name = type.getName()
                .substring(
                        type.getPackageName().isEmpty()
                                ? 0
                                : type.getPackageName().length() + 1);
        int lambda = name.indexOf("$$Lambda");
        return lambda < 0 ? name : "a lambda in " + name.substring(0, lambda);
    }
}
