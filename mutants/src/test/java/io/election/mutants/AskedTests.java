package io.election.mutants;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.BufferedReader;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * The main class of a {@link TestProcess}. Each line that it reads names a directory of changed classes, or {@code -},
 * and test classes or methods ({@code Class#method} or {@code Class#method(types)}); it runs them one after the other until one fails, and writes down
 * what became of them. What the tests print goes to the file that the argument names.
 *
 * <p>The module's classes are loaded anew for each line, so that nothing is left of the mutant before; JUnit's and the
 * JDK's stay, and stay warm. A line with {@code =} in place of the directory runs on the class path as it is: frameworks
 * that look for classes by themselves find one set of them only.
 */
final class AskedTests {

    private static final String CLASS_PATH = System.getProperty("java.class.path");

    private final PrintStream out;
    private final Launcher launcher = LauncherFactory.create();

    private AskedTests(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] arguments) throws IOException {
        PrintStream answers = System.out;
        PrintStream output = new PrintStream(new FileOutputStream(arguments[0]), true, StandardCharsets.UTF_8);
        System.setOut(output);
        System.setErr(output);
        BufferedReader asked = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        AskedTests tests = new AskedTests(answers);
        boolean endsItsServers = false;
        for (String line = asked.readLine(); line != null; line = asked.readLine()) {
            try {
                List<String> words = List.of(line.split("\t"));
                endsItsServers = words.get(0).equals(TestProcess.AS_IT_IS);
                tests.run(words.get(0), words.subList(1, words.size()));
                answers.println("done");
            } catch (Throwable failure) {
                failure.printStackTrace();
                answers.println("died");
            }
            answers.flush();
        }
        if (endsItsServers) {
            // Databases that tests have started end with hooks of the JVM; they are no children of this process.
            System.exit(0);
        }
        // A mutant's threads may never end.
        Runtime.getRuntime().halt(0);
    }

    private void run(String changed, List<String> tests) throws IOException, ClassNotFoundException {
        Thread current = Thread.currentThread();
        ClassLoader before = current.getContextClassLoader();
        if (changed.equals(TestProcess.AS_IT_IS)) {
            runAll(tests, before);
            return;
        }
        try (OwnClasses classes = OwnClasses.with(changed)) {
            current.setContextClassLoader(classes);
            // Some tests start processes of their own.
            System.setProperty(
                    "java.class.path", changed.equals("-") ? CLASS_PATH : changed + File.pathSeparator + CLASS_PATH);
            runAll(tests, classes);
        } finally {
            current.setContextClassLoader(before);
        }
    }

    private void runAll(List<String> tests, ClassLoader classes) throws ClassNotFoundException {
        for (String test : tests) {
            out.println("begin\t" + test);
            long begun = System.nanoTime();
            Listener listener = new Listener(out);
            launcher.execute(
                    LauncherDiscoveryRequestBuilder.request()
                            .selectors(selector(test, classes))
                            .build(),
                    listener);
            if (listener.tests == 0 && listener.failures == 0) {
                throw new IllegalStateException(test + " has no tests, or skips them all");
            }
            out.println("end\t" + (System.nanoTime() - begun) / 1_000_000);
            if (listener.failures > 0) {
                return;
            }
        }
    }

    private static DiscoverySelector selector(String test, ClassLoader classes) throws ClassNotFoundException {
        int method = test.indexOf('#');
        if (method < 0) {
            return selectClass(classes.loadClass(test));
        }
        int parameters = test.indexOf('(');
        return parameters < 0
                ? selectMethod(classes.loadClass(test.substring(0, method)), test.substring(method + 1))
                : selectMethod(
                        classes.loadClass(test.substring(0, method)),
                        test.substring(method + 1, parameters),
                        test.substring(parameters + 1, test.length() - 1));
    }

    private static final class Listener implements TestExecutionListener {

        private final PrintStream out;
        private int tests;
        private int failures;

        Listener(PrintStream out) {
            this.out = out;
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (test.isTest()) {
                tests++;
            }
            if (result.getStatus() == TestExecutionResult.Status.FAILED) {
                failures++;
                String message = result.getThrowable().map(Throwable::toString).orElse("");
                out.println("failed\t" + name(test) + "\t" + selector(test) + "\t"
                        + message.lines().findFirst().orElse("").replace('\t', ' '));
            }
        }

        /** By which it can be asked for again, alone. */
        private static String selector(TestIdentifier test) {
            return test.getSource()
                    .map(source -> source instanceof MethodSource method
                            ? method.getClassName() + "#" + method.getMethodName() + "("
                                    + method.getMethodParameterTypes() + ")"
                            : source instanceof ClassSource type ? type.getClassName() : null)
                    .orElse("");
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

    /** Loads this module's classes itself, changed ones first, and leaves all others to its parent. */
    private static final class OwnClasses extends URLClassLoader {

        static {
            registerAsParallelCapable();
        }

        private OwnClasses(URL[] places) {
            super(places, AskedTests.class.getClassLoader());
        }

        static OwnClasses with(String changed) throws MalformedURLException {
            List<URL> places = new ArrayList<>();
            if (!changed.equals("-")) {
                places.add(Path.of(changed).toUri().toURL());
            }
            for (String entry : CLASS_PATH.split(File.pathSeparator)) {
                if (Files.isDirectory(Path.of(entry))) {
                    places.add(Path.of(entry).toUri().toURL());
                }
            }
            return new OwnClasses(places.toArray(URL[]::new));
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("io.election.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                if (loaded != null) {
                    return loaded;
                }
                try {
                    return findClass(name);
                } catch (ClassNotFoundException ofAnotherModule) {
                    // It comes in a jar, and no mutant changes it.
                    return super.loadClass(name, resolve);
                }
            }
        }
    }
}
