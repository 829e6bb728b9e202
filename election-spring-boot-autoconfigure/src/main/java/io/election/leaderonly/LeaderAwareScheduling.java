package io.election.leaderonly;

import org.springframework.beans.MutablePropertyValues;
import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.type.MethodMetadata;
import org.springframework.scheduling.annotation.ScheduledAnnotationBeanPostProcessor;
import org.springframework.scheduling.annotation.SchedulingConfiguration;
import org.springframework.scheduling.config.TaskManagementConfigUtils;

/** Replaces Spring's own processor of {@code @Scheduled} by {@link LeaderAwareScheduledProcessor}, but not an application's. */
public final class LeaderAwareScheduling implements BeanFactoryPostProcessor {

    private static final String NAME = TaskManagementConfigUtils.SCHEDULED_ANNOTATION_PROCESSOR_BEAN_NAME;

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
        if (beanFactory instanceof BeanDefinitionRegistry registry && registry.containsBeanDefinition(NAME)) {
            BeanDefinition springs = registry.getBeanDefinition(NAME);
            if (isSprings(springs)) {
                RootBeanDefinition ours = new RootBeanDefinition(LeaderAwareScheduledProcessor.class);
                ours.setRole(BeanDefinition.ROLE_INFRASTRUCTURE);
                ours.setPropertyValues(new MutablePropertyValues(springs.getPropertyValues()));
                registry.removeBeanDefinition(NAME);
                registry.registerBeanDefinition(NAME, ours);
            }
        }
    }

    private static boolean isSprings(BeanDefinition definition) {
        MethodMetadata made =
                definition instanceof AnnotatedBeanDefinition annotated ? annotated.getFactoryMethodMetadata() : null;
        return made != null
                ? made.getDeclaringClassName().equals(SchedulingConfiguration.class.getName())
                : ScheduledAnnotationBeanPostProcessor.class.getName().equals(definition.getBeanClassName());
    }
}
