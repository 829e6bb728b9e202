package io.election;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Keeps Awaitility from failing a test on what ends another thread of the JVM. Classes run side by side here, and some tests end threads
 * with an error on purpose. Found by JUnit, because {@code META-INF/services} names it and the pom lets it be looked for.
 */
public final class AwaitsIgnoreOtherTests implements BeforeAllCallback {

    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.doNotCatchUncaughtExceptionsByDefault();
    }
}
