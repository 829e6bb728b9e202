package io.election.mutants;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * The main class of a {@link TestProcess}: runs test classes, or single methods ({@code Class#method}), one after the
 * other until one fails, and writes down what became of them. The first argument is the file to write.
 */
final class AskedTests implements TestExecutionListener {

    private final PrintWriter out;
    private int tests;
    private int failures;

    private AskedTests(PrintWriter out) {
        this.out = out;
    }

    public static void main(String[] arguments) throws IOException {
        List<String> asked = List.of(arguments).subList(1, arguments.length);
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(Path.of(arguments[0])), true)) {
            Launcher launcher = LauncherFactory.create();
            boolean caught = false;
            for (int i = 0; i < asked.size() && !caught; i++) {
                String test = asked.get(i);
                out.println("begin " + test);
                long begun = System.nanoTime();
                AskedTests listener = new AskedTests(out);
                launcher.execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(test.contains("#") ? selectMethod(test) : selectClass(test))
                                .build(),
                        listener);
                if (listener.tests == 0 && listener.failures == 0) {
                    throw new IllegalStateException(test + " has no tests");
                }
                caught = listener.failures > 0;
                out.println("end " + (System.nanoTime() - begun) / 1_000_000);
            }
            out.println("done");
        } finally {
            // A mutant's threads may never end.
            Runtime.getRuntime().halt(0);
        }
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (test.isTest()) {
            tests++;
        }
        if (result.getStatus() == TestExecutionResult.Status.FAILED) {
            failures++;
            String message = result.getThrowable().map(Throwable::toString).orElse("");
            out.println(
                    "failed " + name(test) + " " + message.lines().findFirst().orElse(""));
        }
    }

    /** Its outer class and its method: short, and found by everybody. */
    private static String name(TestIdentifier test) {
        return test.getSource()
                .map(source -> source instanceof MethodSource method
                        ? outermost(method.getClassName()) + "#" + method.getMethodName()
                        : source instanceof ClassSource type ? outermost(type.getClassName()) : null)
                .orElse(test.getLegacyReportingName());
    }

    private static String outermost(String className) {
        String simple = className.substring(className.lastIndexOf('.') + 1);
        int nested = simple.indexOf('$');
        return nested < 0 ? simple : simple.substring(0, nested);
    }
}
