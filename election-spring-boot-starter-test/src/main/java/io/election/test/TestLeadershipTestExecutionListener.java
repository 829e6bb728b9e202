package io.election.test;

import org.springframework.context.ApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestContextAnnotationUtils;
import org.springframework.test.context.TestExecutionListener;

/**
 * Lets each test method begin in the same state, whatever earlier tests did to the cached context. Afterwards nothing is left running
 * that runs only on a leader.
 */
final class TestLeadershipTestExecutionListener implements TestExecutionListener, Ordered {

    static final String LEADING_PROPERTY = "election.test.leading";

    /** After Spring's listeners, which prepare what leadership listeners may use, such as the database; before them after a test. */
    @Override
    public int getOrder() {
        return 6_000;
    }

    @Override
    public void beforeTestMethod(TestContext test) {
        reset(test, leads(test));
    }

    @Override
    public void afterTestMethod(TestContext test) {
        reset(test, false);
    }

    private static void reset(TestContext test, boolean leading) {
        if (test.hasApplicationContext()) {
            test.getApplicationContext()
                    .getBeanProvider(TestLeadership.class)
                    .ifAvailable(leadership -> leadership.reset(leading));
        }
    }

    private static boolean leads(TestContext test) {
        AutoConfigureTestLeadership annotation =
                TestContextAnnotationUtils.findMergedAnnotation(test.getTestClass(), AutoConfigureTestLeadership.class);
        if (annotation != null) {
            return annotation.leading();
        }
        if (!test.hasApplicationContext()) {
            return false;
        }
        ApplicationContext context = test.getApplicationContext();
        return context.getEnvironment().getProperty(LEADING_PROPERTY, Boolean.class, false);
    }
}
