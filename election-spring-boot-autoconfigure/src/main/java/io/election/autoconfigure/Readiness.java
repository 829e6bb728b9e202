package io.election.autoconfigure;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.event.ApplicationStartedEvent;
import org.springframework.boot.context.event.SpringApplicationEvent;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextRefreshedEvent;

/**
 * Learns from the events of an application when it is ready, and finds out what keeps it from that if it takes long. A runner that
 * does not return keeps the application from ever becoming ready, and nothing else would report it.
 */
final class Readiness {

    /** How long an application may take after the start of its member before its thread is examined. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** What to do about an application that does not become ready. */
    static final String ADVICE =
            "Runners and listeners of start events must return. Run ongoing work on a thread of its own, started by a"
                    + " listener of LeaderElectedEvent or by a LeaderBound. With election.stand-at=started, members stand"
                    + " before their runners are called.";

    /** The code that starts applications and calls their runners and listeners. What it calls belongs to the application. */
    private static final List<String> CALLERS =
            List.of("org.springframework.boot.SpringApplication", "org.springframework.context.support.");

    /** Libraries that an application calls, or that call it. */
    private static final List<String> NOT_THE_APPLICATIONS = List.of(
            "java.",
            "javax.",
            "jdk.",
            "sun.",
            "com.sun.",
            "kotlin.",
            "kotlinx.",
            "org.springframework.",
            "io.election.node.",
            "io.election.leaderonly.",
            "io.election.Leadership",
            "io.election.test.TestLeadership",
            "io.election.autoconfigure.DisabledElection");

    private final ConfigurableApplicationContext context;
    private final ElectionProperties.StandAt standAt;
    private final Runnable onReady;
    private final Consumer<String> onHeld;

    /** The thread that starts the application. A weak reference, so that it is not kept alive. */
    private final WeakReference<Thread> starter = new WeakReference<>(Thread.currentThread());

    private volatile boolean ready;
    private volatile boolean ended;

    /** Open until the application is ready, or closes. */
    private volatile CountDownLatch outcome = new CountDownLatch(1);

    /**
     * Creates it, on the thread that starts the application.
     *
     * @param context the application's
     * @param standAt which of its events means that it is ready
     * @param onReady called once
     * @param onHeld called at most once, with what keeps the application from becoming ready
     */
    Readiness(
            ConfigurableApplicationContext context,
            ElectionProperties.StandAt standAt,
            Runnable onReady,
            Consumer<String> onHeld) {
        this.context = context;
        this.standAt = standAt;
        this.onReady = onReady;
        this.onHeld = onHeld;
    }

    boolean isReady() {
        return ready;
    }

    /** Examines once, after {@link #PATIENCE}, what the application is doing. */
    void watch() {
        ended = false;
        if (ready) {
            return;
        }
        CountDownLatch known = new CountDownLatch(1);
        outcome = known;
        // It ends with the start. A timer of the JVM's would bring a thread that stays for good.
        Thread watcher = new Thread(() -> awaitOutcome(known), "election-readiness");
        watcher.setDaemon(true);
        watcher.start();
    }

    private void awaitOutcome(CountDownLatch known) {
        try {
            if (!known.await(PATIENCE.toNanos(), TimeUnit.NANOSECONDS) && !ready && !ended) {
                onHeld.accept(whatHolds(starter.get()));
            }
        } catch (InterruptedException e) {
            // Whoever interrupts it wants it to end.
            Thread.currentThread().interrupt();
        }
    }

    /** The application will not become ready: it is closing. */
    void end() {
        ended = true;
        outcome.countDown();
    }

    /** Takes any event. Events of other contexts, such as children, do not count. */
    void on(ApplicationEvent event) {
        if (!ready && saysReady(event)) {
            ready = true;
            outcome.countDown();
            onReady.run();
        }
    }

    private boolean saysReady(ApplicationEvent event) {
        if (event instanceof ContextRefreshedEvent refreshed) {
            return refreshed.getApplicationContext() == context && !isRunBySpringApplication(context);
        }
        return event instanceof SpringApplicationEvent
                && contextOf(event) == context
                && (event instanceof ApplicationReadyEvent || standAt == ElectionProperties.StandAt.STARTED);
    }

    private static @Nullable ConfigurableApplicationContext contextOf(ApplicationEvent event) {
        return event instanceof ApplicationReadyEvent ready
                ? ready.getApplicationContext()
                : event instanceof ApplicationStartedEvent started ? started.getApplicationContext() : null;
    }

    /** Only SpringApplication registers its arguments, and it always publishes an ApplicationReadyEvent. */
    static boolean isRunBySpringApplication(ConfigurableApplicationContext context) {
        return context.getBeanFactory().containsLocalBean("springApplicationArguments");
    }

    /** The method of the application that was called, and where it is now. The thread keeps running meanwhile. */
    static String whatHolds(@Nullable Thread starter) {
        if (starter == null || !starter.isAlive()) {
            return "the thread that started it has ended";
        }
        StackTraceElement[] frames = starter.getStackTrace();
        StackTraceElement innermost = null;
        StackTraceElement outermost = null;
        for (StackTraceElement frame : frames) {
            String type = frame.getClassName();
            if (CALLERS.stream().anyMatch(type::startsWith)) {
                break;
            }
            if (NOT_THE_APPLICATIONS.stream().noneMatch(type::startsWith) && !type.contains("$$")) {
                innermost = innermost == null ? frame : innermost;
                outermost = frame;
            }
        }
        if (innermost == null || outermost == null) {
            return "thread '" + starter.getName() + "' is at " + (frames.length == 0 ? "its end" : where(frames[0]));
        }
        return where(outermost) + " has not returned"
                + (innermost == outermost ? "" : ", and is at " + where(innermost)) + " (thread '"
                + starter.getName() + "')";
    }

    /** Without the class loader's name, which is of no use to the reader. */
    private static String where(StackTraceElement frame) {
        return frame.getClassName() + "." + frame.getMethodName() + "(" + frame.getFileName() + ":"
                + frame.getLineNumber() + ")";
    }
}
