package io.election.test;

import java.util.List;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.TestContextAnnotationUtils;

/** Applies to every test class, annotated or not, so that none contacts real members by accident. */
final class TestLeadershipContextCustomizerFactory implements ContextCustomizerFactory {

    @Override
    public ContextCustomizer createContextCustomizer(
            Class<?> testClass, List<ContextConfigurationAttributes> attributes) {
        AutoConfigureTestLeadership annotation =
                TestContextAnnotationUtils.findMergedAnnotation(testClass, AutoConfigureTestLeadership.class);
        return new TestLeadershipContextCustomizer(annotation == null ? null : annotation.replace());
    }
}
