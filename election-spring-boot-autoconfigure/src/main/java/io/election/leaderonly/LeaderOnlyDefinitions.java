package io.election.leaderonly;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.MergedBeanDefinitionPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;

/**
 * Stops the start if {@link io.election.LeaderOnly} is on a method that the container calls on the bean itself, before it is called.
 * {@link LeaderOnlyPostProcessor} sees a bean only after it has been injected and initialized.
 */
public final class LeaderOnlyDefinitions
        implements MergedBeanDefinitionPostProcessor, BeanFactoryAware, PriorityOrdered {

    private @Nullable LeaderOnlyMethods methods;
    private @Nullable LeaderOnlyInspection inspection;

    /** Before the post-processors that inject and initialize. */
    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public void setBeanFactory(BeanFactory beanFactory) {
        ConfigurableListableBeanFactory beans = (ConfigurableListableBeanFactory) beanFactory;
        LeaderOnlyMethods rules = new LeaderOnlyMethods(beans::resolveEmbeddedValue);
        methods = rules;
        inspection = new LeaderOnlyInspection(rules, beans.getBeanClassLoader());
    }

    /** The rules of this context, read once for each method. */
    LeaderOnlyMethods methods() {
        return Objects.requireNonNull(methods, "methods");
    }

    /** One for the whole context, so that each class is searched once. */
    LeaderOnlyInspection inspection() {
        return Objects.requireNonNull(inspection, "inspection");
    }

    @Override
    public void postProcessMergedBeanDefinition(RootBeanDefinition definition, Class<?> beanType, String beanName) {
        inspection().inspect(beanName, beanType, definition);
    }
}
