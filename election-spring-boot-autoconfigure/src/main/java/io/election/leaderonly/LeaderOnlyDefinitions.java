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
 * Stops the start where {@link io.election.LeaderOnly} is on what the container calls on the bean itself, before it is called:
 * {@link LeaderOnlyPostProcessor} sees a bean only when it was injected and initialized.
 */
public final class LeaderOnlyDefinitions
        implements MergedBeanDefinitionPostProcessor, BeanFactoryAware, PriorityOrdered {

    private @Nullable LeaderOnlyInspection inspection;

    /** Before those that inject and initialize. */
    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public void setBeanFactory(BeanFactory beanFactory) {
        ConfigurableListableBeanFactory beans = (ConfigurableListableBeanFactory) beanFactory;
        inspection = new LeaderOnlyInspection(
                new LeaderOnlyMethods(beans::resolveEmbeddedValue), beans.getBeanClassLoader());
    }

    /** The same for all who look, so that each class is looked at once. */
    LeaderOnlyInspection inspection() {
        return Objects.requireNonNull(inspection, "inspection");
    }

    @Override
    public void postProcessMergedBeanDefinition(RootBeanDefinition definition, Class<?> beanType, String beanName) {
        inspection().inspect(beanName, beanType, definition);
    }
}
