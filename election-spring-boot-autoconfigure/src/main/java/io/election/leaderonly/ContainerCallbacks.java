package io.election.leaderonly;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.Aware;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/**
 * Which methods of a bean the container calls on the bean itself, to inject, initialize and destroy it. Its proxy does not see
 * these calls.
 */
final class ContainerCallbacks {

    /** By name, because none of these has to be on the class path. */
    private static final List<String> INITIALIZATION =
            List.of("jakarta.annotation.PostConstruct", "javax.annotation.PostConstruct");

    private static final List<String> DESTRUCTION =
            List.of("jakarta.annotation.PreDestroy", "javax.annotation.PreDestroy");

    private static final List<String> INJECTION = List.of(
            "org.springframework.beans.factory.annotation.Autowired",
            "org.springframework.beans.factory.annotation.Value",
            "jakarta.inject.Inject",
            "javax.inject.Inject",
            "jakarta.annotation.Resource",
            "javax.annotation.Resource",
            "jakarta.persistence.PersistenceContext",
            "jakarta.persistence.PersistenceUnit",
            "jakarta.ejb.EJB");

    /** A method that only receives a reference does no work. An annotation on the whole type does not mean it. */
    enum Kind {
        WORK,
        REFERENCE
    }

    /**
     * How the container comes to call a method.
     *
     * @param kind whether the method may do work, or only keeps what it is given
     * @param because the end of a sentence that begins with the method
     * @param hint a sentence that says how to keep the container from calling it, or empty
     */
    record Callback(Kind kind, String because, String hint) {

        Callback(Kind kind, String because) {
            this(kind, because, "");
        }
    }

    private final Class<?> type;
    private final RootBeanDefinition definition;
    private final Set<Class<?>> interfaces;

    /**
     * Looks at one bean.
     *
     * @param type the bean's class
     * @param definition how it is made
     */
    ContainerCallbacks(Class<?> type, RootBeanDefinition definition) {
        this.type = type;
        this.definition = definition;
        this.interfaces = ClassUtils.getAllInterfacesForClassAsSet(type);
    }

    /** How the container calls this method of the bean, or {@code null} if it does not. */
    @Nullable Callback of(Method method) {
        String injection = annotatedWith(method, INJECTION);
        if (injection != null) {
            return new Callback(
                    Kind.WORK,
                    "has " + injection,
                    " If it only receives a dependency, inject that through the constructor or into a field.");
        }
        String annotation = annotatedWith(method, INITIALIZATION);
        if (annotation == null && !definition.isPrototype()) {
            annotation = annotatedWith(method, DESTRUCTION);
        }
        if (annotation != null) {
            return new Callback(Kind.WORK, "has " + annotation);
        }
        for (Class<?> contract : List.of(
                InitializingBean.class, FactoryBean.class, BeanPostProcessor.class, BeanFactoryPostProcessor.class)) {
            if (implementsOf(contract, method)) {
                return new Callback(Kind.WORK, "belongs to " + contract.getSimpleName());
            }
        }
        if (isOneOf(definition.getInitMethodNames(), method)) {
            return new Callback(Kind.WORK, "is the bean's init method");
        }
        if (isDestroyMethod(method)) {
            return new Callback(
                    Kind.WORK,
                    "is called when the bean is destroyed",
                    implementsOf(DisposableBean.class, method)
                            ? ""
                            : " If the method is not meant for that, rename it, or set @Bean(destroyMethod = \"\").");
        }
        for (Class<?> each : interfaces) {
            if (Aware.class.isAssignableFrom(each) && each != Aware.class && implementsOf(each, method)) {
                return new Callback(Kind.REFERENCE, "belongs to " + each.getSimpleName());
            }
        }
        return isSetterOfTheDefinition(method)
                ? new Callback(Kind.REFERENCE, "is a setter that the bean's definition calls")
                : null;
    }

    private static @Nullable String annotatedWith(Method method, List<String> names) {
        MergedAnnotations annotations = MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY);
        for (String name : names) {
            if (annotations.isPresent(name)) {
                return "@" + ClassUtils.getShortName(name);
            }
        }
        return null;
    }

    private boolean implementsOf(Class<?> contract, Method method) {
        return contract.isAssignableFrom(type)
                && ClassUtils.hasMethod(contract, method.getName(), method.getParameterTypes());
    }

    private static boolean isOneOf(String @Nullable [] names, Method method) {
        return names != null
                && method.getParameterCount() == 0
                && Arrays.stream(names)
                        // The name of a private method includes its class.
                        .anyMatch(name ->
                                name.substring(name.lastIndexOf('.') + 1).equals(method.getName()));
    }

    /** As the container infers it. Nobody destroys a prototype. */
    private boolean isDestroyMethod(Method method) {
        if (definition.isPrototype()) {
            return false;
        }
        if (implementsOf(DisposableBean.class, method)) {
            return true;
        }
        String[] names = definition.getDestroyMethodNames();
        String only = names != null && names.length == 1 ? names[0] : null;
        boolean infers = AbstractBeanDefinition.INFER_METHOD.equals(only)
                || (names == null && AutoCloseable.class.isAssignableFrom(type));
        if (!infers && !(names == null && ExecutorService.class.isAssignableFrom(type))) {
            return isOneOf(names, method);
        }
        return method.getParameterCount() == 0
                && !DisposableBean.class.isAssignableFrom(type)
                && method.getName().equals(inferred());
    }

    private @Nullable String inferred() {
        for (String name : List.of("close", "shutdown")) {
            Method found = ClassUtils.getMethodIfAvailable(type, name);
            // An executor's own close() would wait for a day.
            if (found != null && found.getDeclaringClass() != ExecutorService.class) {
                return name;
            }
        }
        return null;
    }

    private boolean isSetterOfTheDefinition(Method method) {
        if (method.getParameterCount() != 1 || !method.getName().startsWith("set")) {
            return false;
        }
        int mode = definition.getResolvedAutowireMode();
        return mode == AbstractBeanDefinition.AUTOWIRE_BY_NAME
                || mode == AbstractBeanDefinition.AUTOWIRE_BY_TYPE
                || (definition.hasPropertyValues()
                        && definition
                                .getPropertyValues()
                                .contains(StringUtils.uncapitalizeAsProperty(
                                        method.getName().substring("set".length()))));
    }
}
